import assert from 'node:assert/strict';
import { it } from 'node:test';
import { csvRows } from './csv.ts';

it('a CSV is read with its quotes, commas and empty cells', () => {
  assert.deepEqual(csvRows('Id,Content,Event\r\n1,"a, ""b""",E1\r\n2,,E2\r\n'), [
    { Id: '1', Content: 'a, "b"', Event: 'E1' },
    { Id: '2', Content: '', Event: 'E2' },
  ]);
  assert.deepEqual(csvRows('a,b\n1,2'), [{ a: '1', b: '2' }]);
  assert.throws(() => csvRows('a,b\n"1'), /No CSV/);
});
