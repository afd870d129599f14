/** Entry of the thread that reads streamed reports; it never opens the database. */
import { parentPort } from 'node:worker_threads';
import { buffersOf } from '../domain/packed-cases.ts';
import { toPlainError } from '../errors.ts';
import { ReportSession } from '../formats/report-session.ts';
import type { ParserAnswer, ParserCall } from './parser.ts';

const port = parentPort!;
const sessions = new Map<number, ReportSession>();

port.on('message', (call: ParserCall) => {
  const { upload } = call;
  const taken = call.op === 'write' ? call.bytes.length : 0;
  try {
    obey(call);
  } catch (error) {
    sessions.delete(upload);
    port.postMessage({ upload, error: toPlainError(error) } satisfies ParserAnswer);
  }
  // No reader keeps what it was given, so its memory need not wait for the collector.
  if (call.op === 'write') (call.bytes.buffer as ArrayBuffer).transfer(0);
  if (taken > 0) port.postMessage({ upload, taken } satisfies ParserAnswer);
});

/** A session that failed is gone: what still arrives for it is ignored. */
function obey(call: ParserCall): void {
  if (call.op === 'open') {
    sessions.set(call.upload, new ReportSession(call.format));
    return;
  }
  const session = sessions.get(call.upload);
  if (session === undefined) return;
  if (call.op === 'write') session.write(call.bytes);
  else if (call.op === 'endFile') session.endFile();
  else sessions.delete(call.upload);
  if (call.op !== 'end') return;
  const report = session.end(call.fields);
  port.postMessage({ upload: call.upload, report } satisfies ParserAnswer, buffersOf(report.cases));
}
