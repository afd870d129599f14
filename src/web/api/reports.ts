import { Writable } from 'node:stream';
import { koaBody } from 'koa-body';
import { readQuery } from '../../contract/queries.ts';
import { readReportFields, reportQuery } from '../../contract/report-fields.ts';
import { AppError } from '../../errors.ts';
import type { ReportFormat } from '../../formats/report-session.ts';
import { limits } from '../../limits.ts';
import type { ReportUpload } from '../../store/parser.ts';
import type { Ctx, Handler } from '../context.ts';
import {
  askForBody,
  type BodyType,
  checkLength,
  checkType,
  jsonBody,
  streamBody,
  typeOf,
} from '../middleware/body.ts';
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
    try {
      const fields = await (isForm ? readForm(ctx, upload) : readPlain(ctx, upload, mostBytes));
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

/** Files go to the parser while they arrive; their names are never used. Returns the other fields. */
async function readForm(ctx: Ctx, upload: ReportUpload): Promise<object> {
  const encoding = ctx.req.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new AppError('unsupported_encoding', 'send a form without Content-Encoding');
  }
  checkLength(ctx.req, limits.streamBytes.value);
  askForBody(ctx);
  const read = koaBody({
    json: false,
    text: false,
    urlencoded: false,
    multipart: true,
    formidable: {
      maxFiles: limits.formFiles.value,
      maxFields: limits.formFields.value,
      maxFieldsSize: limits.formFieldBytes.value,
      maxFileSize: limits.streamBytes.value,
      maxTotalFileSize: limits.streamBytes.value,
      allowEmptyFiles: true,
      minFileSize: 0,
      fileWriteStreamHandler: () => fileInto(upload),
    },
  });
  try {
    await read(ctx as never, async () => {});
  } catch (cause) {
    throw cause instanceof AppError ? cause : badForm(cause);
  }
  return (ctx.request as { body?: object }).body ?? {};
}

function fileInto(upload: ReportUpload): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      upload.write(new Uint8Array(chunk)).then(() => done(), done);
    },
    final(done) {
      upload.endFile();
      done();
    },
  });
}

/** The library numbers its faults; those that speak of size carry 413. */
function badForm(cause: unknown): AppError {
  const { httpCode } = cause as { httpCode?: number };
  return httpCode === 413
    ? new AppError('too_large', 'the form holds too many or too large parts', { cause })
    : new AppError('invalid_body', 'the form is not valid multipart/form-data', { cause });
}
