import { readQuery } from '../../contract/queries.ts';
import { readReportFields, reportQuery } from '../../contract/report-fields.ts';
import type { ReportFormat } from '../../formats/report-session.ts';
import { limits } from '../../limits.ts';
import type { ReportUpload } from '../../store/parser.ts';
import type { Ctx, Handler } from '../context.ts';
import { type BodyType, checkType, jsonBody, streamBody, typeOf } from '../middleware/body.ts';
import { readForm } from '../multipart.ts';
import { acceptedJson, readIngestRequest } from './ingest-request.ts';

/** A route that takes reports of one format: as the body, or (JUnit) as any number of form files. */
const postReport =
  (format: ReportFormat, bodyType: BodyType, mostBytes: number): Handler =>
  async (ctx, web) => {
    const request = readIngestRequest(ctx, web);
    readQuery(reportQuery, ctx.query);
    const isForm = format === 'junit' && typeOf(ctx.req) === 'multipart/form-data';
    if (!isForm) checkType(ctx.req, bodyType);
    const upload = web.store.openReport(format);
    // A client that left gives its place back at once, not when all it had sent was read.
    ctx.req.once('close', () => {
      if (!ctx.req.complete) upload.drop();
    });
    try {
      const fields = await (isForm ? readFiles : readPlain)(ctx, upload, mostBytes);
      const report = await upload.end(readReportFields({ ...ctx.query, ...fields }));
      const receivedAtMs = web.clock.now();
      const route = `test-runs/${format}`;
      const stored = await web.store.ingest({ ...request, report, receivedAtMs, route });
      ctx.status = 202;
      ctx.body = acceptedJson(web, stored);
    } catch (error) {
      upload.drop();
      throw error;
    }
  };

const xml: BodyType = {
  pattern: /^(?:application|text)\/(?:[\w.+-]+\+)?xml$/,
  hint: 'application/xml, or multipart/form-data',
};
const ndjson: BodyType = {
  pattern: /^(?:application\/(?:x-ndjson|ndjson|jsonl|json)|text\/plain)$/,
  hint: 'application/x-ndjson',
};

export const postJunit = postReport('junit', xml, limits.streamBytes.value);
export const postCtrf = postReport('ctrf', jsonBody, limits.bodyBytes.value);
export const postGotest = postReport('gotest', ndjson, limits.streamBytes.value);

async function readPlain(ctx: Ctx, upload: ReportUpload, mostBytes: number): Promise<object> {
  for await (const chunk of streamBody(ctx, mostBytes)) await upload.write(chunk);
  return {};
}

/** Files go to the parser while they arrive. Returns the other fields; of equal ones the first counts. */
async function readFiles(ctx: Ctx, upload: ReportUpload, mostBytes: number): Promise<object> {
  const fields = new Map<string, string>();
  await readForm(streamBody(ctx, mostBytes), ctx.req.headers['content-type']!, {
    field: (name, value) => {
      if (!fields.has(name)) fields.set(name, value);
    },
    file: (bytes) => upload.write(bytes),
    endFile: () => upload.endFile(),
  });
  return Object.fromEntries(fields);
}
