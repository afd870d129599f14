/** Entry of the thread that checks the file after an unclean stop, and ends. */
import { openReader } from './sqlite.ts';
import { openThread } from './thread.ts';

const mostFindings = 10;

openThread((_start, file) => {
  try {
    const db = openReader(file);
    const rows = db.pragma(`quick_check(${mostFindings})`) as { quick_check: string }[];
    db.close();
    return rows.map(({ quick_check }) => quick_check).filter((text) => text !== 'ok');
  } catch (error) {
    return [(error as Error).message];
  }
});
