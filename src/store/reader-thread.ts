/** Entry of a thread that reads. It must not import the parsers and schemas: 7 MB for each reader. */
import { passGate } from './gate.ts';
import { serveReads } from './reader.ts';
import { openReader } from './sqlite.ts';
import { openThread } from './thread.ts';

openThread(({ gate }, file, port) => {
  passGate(gate);
  serveReads(openReader(file), port);
  return null;
});
