/**
 * Time and memory of reading one large JUnit report: `node test/bench/junit.ts [MiB]`, 50 when not
 * told. The report is made piece by piece, so that it never lies in memory as a whole.
 */
import { Notes } from '../../src/contract/test-run.ts';
import { JunitReader } from '../../src/formats/junit/junit-reader.ts';
import { junitReport } from '../helpers/junit-report.ts';

const target = Number(process.argv[2] ?? 50) * 1024 * 1024;

function read(bytes: number) {
  const reader = new JunitReader(new Notes());
  let written = 0;
  let spentMs = 0;
  let cpuMs = 0;
  for (const piece of junitReport(bytes)) {
    const start = performance.now();
    const cpu = process.cpuUsage();
    reader.write(piece);
    spentMs += performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    cpuMs += (user + system) / 1000;
    written += piece.length;
  }
  return { read: reader.end(), written, spentMs, cpuMs };
}

read(4 * 1024 * 1024);
const before = process.memoryUsage().rss;
const { read: result, written, spentMs, cpuMs } = read(target);
const peak = process.resourceUsage().maxRSS * 1024;
const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
const { total, failed } = result.summary;
console.log(`${mib(written)} MiB, ${total} cases, ${failed} failed, ${result.cases.count} kept`);
const speed = written / 1024 / 1024 / (cpuMs / 1000);
console.log(
  `${spentMs.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of CPU, ${speed.toFixed(0)} MiB per CPU second`,
);
console.log(
  `memory ${mib(before)} MiB before, ${mib(peak)} MiB at most: +${mib(peak - before)} MiB`,
);
