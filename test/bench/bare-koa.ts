/** The yardstick for small runs: the same answer, nothing checked, nothing kept. */
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { koaBody } from 'koa-body';

const koa = new Koa();
koa.use(koaBody({ jsonLimit: '16mb' }));
koa.use((ctx) => {
  const body = (ctx.request as unknown as { body: { cases?: unknown[] } }).body;
  ctx.status = 202;
  ctx.body = {
    id: '00000000-0000-4000-8000-000000000000',
    accepted: true,
    casesStored: body.cases?.length ?? 0,
  };
});
const server = koa.listen(0, '127.0.0.1', () => {
  process.send!((server.address() as AddressInfo).port);
});
process.on('disconnect', () => process.exit());
