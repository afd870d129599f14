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

/** A JUnit report of at least so many bytes, a suite at a time, so that it never lies in memory whole. */
export function* junitReport(bytes: number): Generator<Buffer> {
  yield Buffer.from('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="all">\n');
  for (let i = 0, written = 0; written < bytes; i++) {
    const piece = Buffer.from(suite(i % 200));
    written += piece.length;
    yield piece;
  }
  yield Buffer.from('</testsuites>\n');
}
