import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Load, memoryOf, startAppliance } from './children.ts';
import type { Report } from './report.ts';

/** Where `npm run build` leaves the program for this machine; null when nobody built it. */
export function builtBinary(): string | null {
  const file = join(import.meta.dirname, '../../build/out', `qualitypilot-linux-${process.arch}`);
  return existsSync(file) ? file : null;
}

/** Memory of a fresh appliance: idle, and at its peak under 50 posts of 10,000 cases at a time. */
export async function measureMemory(
  report: Report,
  load: Load,
  folder: string,
  binary: string | null,
): Promise<void> {
  const options = binary === null ? { hasProbe: false } : { binary };
  const appliance = await startAppliance(folder, options);
  const program = binary === null ? 'run from source' : 'binary';
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const idle = memoryOf(appliance.child);
  const { port, key } = appliance;
  await load.run({ do: 'post', port, key, kind: 'large', connections: 50, count: 200 });
  const loaded = memoryOf(appliance.child);
  await appliance.stop();
  report.add({
    id: 'idle_anonymous',
    what: `memory idle, anonymous (${program})`,
    value: idle.anonymous,
    unit: 'MiB',
    target: { atMost: 100 },
  });
  report.add({
    id: 'idle_rss',
    what: `memory idle, resident (${program})`,
    value: idle.resident,
    unit: 'MiB',
    target: { atMost: 180 },
  });
  report.add({
    id: 'loaded_rss',
    what: `memory, 50 posts of 10,000 cases at a time, peak resident (${program})`,
    value: loaded.peak,
    unit: 'MiB',
    target: { atMost: 400 },
  });
}
