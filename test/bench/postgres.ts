import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { remember } from './children.ts';
import { median } from './reference.ts';
import { type BaselineResult, type RunJson, runsUpTo } from './row-per-case.ts';
import { large } from './workload.ts';

const home = '/usr/lib/postgresql';

/** Where Debian keeps the newest server; null when it is not installed. */
function binaries(): string | null {
  if (!existsSync(home)) return null;
  const versions = readdirSync(home).filter((name) => existsSync(join(home, name, 'bin/initdb')));
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  return newest === undefined ? null : join(home, newest, 'bin');
}

/**
 * COPY of a row per case into PostgreSQL with its own defaults, a transaction per run, the same two
 * indexes. The server is started for this in a folder of its own. null when there is none.
 */
export async function measurePostgres(
  folder: string,
  cases: number,
): Promise<BaselineResult | null> {
  const bin = binaries();
  if (bin === null) return null;
  const user = otherUser();
  if (user === null) return null;
  const data = join(folder, 'postgres');
  mkdirSync(data, { mode: 0o700 });
  chmodSync(folder, 0o711);
  chownSync(data, user.uid, user.gid);
  const options = { ...user, env: { PATH: process.env.PATH, LC_ALL: 'C' }, cwd: data };
  execFileSync(join(bin, 'initdb'), ['-D', join(data, 'db'), '-U', 'bench', '-A', 'trust'], {
    ...options,
    stdio: 'ignore',
  });
  const port = await freePort();
  const settings = ['-D', join(data, 'db'), '-p', String(port), '-k', data, '-h', ''];
  const server = remember(spawn(join(bin, 'postgres'), settings, { ...options, stdio: 'ignore' }));
  try {
    const psql = await connect(bin, data, port, options);
    return await copy(psql, cases);
  } finally {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
  }
}

/** PostgreSQL refuses to run as root. */
function otherUser(): { uid: number; gid: number } | null {
  const { uid, gid } = { uid: process.getuid!(), gid: process.getgid!() };
  if (uid !== 0) return { uid, gid };
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return null;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

type Psql = { child: ChildProcess; run(sql: string): Promise<string> };

async function connect(bin: string, data: string, port: number, options: object): Promise<Psql> {
  for (let attempt = 0; ; attempt++) {
    const args = [
      '-X',
      '-q',
      '-A',
      '-t',
      '-h',
      data,
      '-p',
      String(port),
      '-U',
      'bench',
      'postgres',
    ];
    const child = remember(
      spawn(join(bin, 'psql'), args, { ...options, stdio: ['pipe', 'pipe', 'ignore'] }),
    );
    const psql = { child, run: (sql: string) => ask(child, sql) };
    child.stdin!.on('error', () => {});
    const isReady = await Promise.race([
      psql.run('SELECT 1;\n').then(() => true),
      once(child, 'exit').then(() => false),
    ]);
    if (isReady) return psql;
    if (attempt === 100) throw new Error('PostgreSQL did not start');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Sends SQL and waits until psql has done it. */
function ask(child: ChildProcess, sql: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text += chunk;
      if (!text.endsWith('done\n')) return;
      child.stdout!.off('data', read);
      resolve(text.slice(0, -'done\n'.length));
    };
    child.stdout!.on('data', read);
    child.stdin!.write(`${sql}\\echo done\n`);
  });
}

async function copy(psql: Psql, cases: number): Promise<BaselineResult> {
  await psql.run(`
    CREATE TABLE cases (run_id integer NOT NULL, suite text NOT NULL, name text NOT NULL,
      status text NOT NULL, duration_ms integer, message text);
    CREATE INDEX ON cases (run_id);
    CREATE INDEX ON cases (suite, name, run_id);
  `);
  const taken: number[] = [];
  let stored = 0;
  let runId = 0;
  for (const body of runsUpTo(cases)) {
    const from = performance.now();
    const run = JSON.parse(body) as RunJson;
    await psql.run(`COPY cases FROM STDIN;\n${linesOf(run, ++runId)}\\.\n`);
    stored += run.cases.length;
    if (run.cases.length === large.tests) taken.push(performance.now() - from);
  }
  const size = Number(await psql.run("SELECT pg_total_relation_size('cases');\n"));
  psql.child.stdin!.end('\\q\n');
  const last = taken.slice(-Math.max(5, Math.floor(taken.length / 5)));
  return {
    cases: stored,
    bytesPerCase: size / stored,
    rateAtEnd: (large.tests / median(last)) * 1000,
  };
}

function linesOf({ cases }: RunJson, runId: number): string {
  let lines = '';
  for (const { suite, name, status, durationMs, errorMessage } of cases) {
    const message =
      errorMessage === undefined
        ? '\\N'
        : errorMessage.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t');
    lines += `${runId}\t${suite}\t${name}\t${status}\t${durationMs}\t${message}\n`;
  }
  return lines;
}
