/**
 * Shows every page of the demo at three widths in both themes, and holds each to what does not
 * differ between machines. `npm run gallery -- FOLDER` keeps the pictures there (build/out/gallery).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lookAtDemo } from './look.ts';

const folder = process.argv[2] ?? join(import.meta.dirname, '../../build/out/gallery');
mkdirSync(folder, { recursive: true });
const { pages, faults } = await lookAtDemo(folder);
console.log(`${pages} pages at 3 widths in 2 themes: ${folder}`);
for (const fault of faults) console.log(`  ${fault}`);
if (faults.length > 0) process.exitCode = 1;
