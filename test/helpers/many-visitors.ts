/** Entry of a process that signs many people in at once, so that it does not slow what is measured. */
import { Visitor } from './visitor.ts';

export type SignAllIn = { url: string; login: string; password: string; people: number };

process.on('message', async ({ url, login, password, people }: SignAllIn) => {
  const all = Array.from({ length: people }, () => new Visitor(url).signIn(login, password));
  const statuses = (await Promise.all(all)).map(({ status }) => status);
  process.send!(statuses);
});
process.send!('ready');
