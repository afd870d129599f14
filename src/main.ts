#!/usr/bin/env node
import { findVerb } from './cli/verbs.ts';
import { AppError, ExitError, exitCode } from './errors.ts';

// What tests printed is nobody else's to read: every file made is 0600, every folder 0700.
process.umask(0o077);

const argv = process.argv.slice(2);
const { verb, args } = findVerb(argv);

verb.run(args).catch((error: unknown) => {
  if (error instanceof ExitError || error instanceof AppError) {
    process.stderr.write(`qualitypilot: ${error.message}\n`);
    process.exitCode = error instanceof ExitError ? error.code : exitCode.failure;
  } else {
    process.stderr.write(`qualitypilot: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = exitCode.failure;
  }
});
