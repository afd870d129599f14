/**
 * Time and memory of reading one large JUnit report: `node test/bench/junit.ts [MiB]`, 50 when not
 * told. The report is made piece by piece, so that it never lies in memory as a whole.
 */
import { Notes } from '../../src/contract/test-run.ts';
import { JunitReader } from '../../src/formats/junit/junit-reader.ts';

const target = Number(process.argv[2] ?? 50) * 1024 * 1024;
const stack = Array.from(
  { length: 12 },
  (_, i) => `\tat com.acme.shop.Cart${i}.total(Cart${i}.java:${i * 17})\n`,
).join('');

/** One suite of 500 cases, 1 % failing, one case in ten with output. */
function suite(number: number): string {
  const cases = Array.from({ length: 500 }, (_, i) => {
    const head = `    <testcase name="adds item ${i} &amp; counts" classname="com.acme.shop.Cart${number}" time="0.${String(i).padStart(3, '0')}"`;
    if (i % 100 === 7) {
      return `${head}>\n      <failure message="expected ${i} but was ${number}" type="AssertionError">${stack}</failure>\n    </testcase>\n`;
    }
    const output = `${head}>\n      <system-out><![CDATA[${stack}]]></system-out>\n    </testcase>\n`;
    return i % 10 === 3 ? output : `${head}/>\n`;
  });
  return `  <testsuite name="com.acme.shop.Cart${number}" tests="500" failures="5" errors="0" time="12.5">\n${cases.join('')}  </testsuite>\n`;
}

function read(bytes: number) {
  const reader = new JunitReader(new Notes());
  let written = 0;
  let spentMs = 0;
  let cpuMs = 0;
  const write = (text: string) => {
    const piece = Buffer.from(text);
    const start = performance.now();
    const cpu = process.cpuUsage();
    reader.write(piece);
    spentMs += performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    cpuMs += (user + system) / 1000;
    written += piece.length;
  };
  write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="all">\n');
  for (let i = 0; written < bytes; i++) write(suite(i % 200));
  write('</testsuites>\n');
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
