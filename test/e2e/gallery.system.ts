import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lookAtDemo } from '../gallery/look.ts';

it('every page of the demo fits, stands still and has no fault that axe finds, because people see them all', async () => {
  const { pages, faults } = await lookAtDemo(null);
  assert.deepEqual(faults, []);
  assert.ok(pages >= 20, `${pages} pages`);
});
