import type { Verb } from './verbs.ts';
export const demo: Verb = {
  name: 'demo',
  about: 'serve a generated history',
  help: '',
  run: async () => {},
};
