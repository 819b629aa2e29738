import { createRequire } from 'node:module';
import { wallClockMs } from '@ftgo/kernel';

interface Queue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: Queue) => void;
}

/** The queue of requests of a connection. kafkajs does not export it, hence its exact version in package.json. */
const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: Queue };

let isCalm = false;

/**
 * kafkajs 2.2.4 repeatedly sets a timer with a negative timeout while a connection has nothing to send: it wakes up every
 * millisecond for as long as the connection lasts, and Node 24 warns about it. No option prevents that. The timer is needed
 * only if requests wait or the broker asked for a pause, so it is set only then.
 */
export function calmRequestQueues(): void {
  if (isCalm) return;
  isCalm = true;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: Queue) {
    if (this.pending.length > 0 || this.throttledUntil > wallClockMs()) schedule.call(this);
  };
}
