/** Loaded into the appliance before it starts: tells the bench how free its event loop was. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** ms since the last question */
export type Probed = { delayP99: number; delayMax: number };

if (isMainThread && process.send !== undefined) {
  const resolution = 1;
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  process.on('message', () => {
    const probed: Probed = {
      delayP99: Math.max(0, delay.percentile(99) / 1e6 - resolution),
      delayMax: Math.max(0, delay.max / 1e6 - resolution),
    };
    process.send!(probed);
    delay.reset();
  });
  process.channel?.unref();
}
