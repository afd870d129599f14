import { setTimeout as sleep } from 'node:timers/promises';
import { Authenticator } from '../../src/actions/authenticate.ts';
import { systemClock } from '../../src/clock.ts';
import { fillStore } from '../../src/demo/fill.ts';
import { demoHistory } from '../../src/demo/history.ts';
import { emptyRepo, repos } from '../../src/demo/repos.ts';
import { theOperator } from '../../src/store/accounts/audit.ts';
import { type Appliance, openAppliance } from '../helpers/appliance.ts';

/** The appliance that `qualitypilot demo` serves, once all of its history is judged. */
export async function openDemo(): Promise<Appliance> {
  const appliance = await openAppliance();
  const { store, key } = appliance;
  const principal = await new Authenticator(store, systemClock).principalOf(key);
  const history = demoHistory(systemClock.now());
  await fillStore(store, principal, history, new AbortController().signal);
  for (const { slug } of [...repos, emptyRepo]) {
    await store.accounts.setRepoPublic(1, slug, true, theOperator, systemClock.now());
  }
  while (!(await store.judging()).isDone) await sleep(100);
  return appliance;
}
