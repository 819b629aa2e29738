import { createRequire } from 'node:module';
import { wallClockMs } from '@ftgo/kernel';

interface Queue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  scheduleCheckPendingRequests: (this: Queue) => void;
}

/** What waits to be sent on a connection. kafkajs does not export it, hence its exact version in package.json. */
const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as { readonly prototype: Queue };

let isCalm = false;

/**
 * kafkajs 2.2.4 sets a timer again and again when a connection has nothing to send, with a time-out below zero: it wakes up
 * each millisecond for as long as the connection lasts, and Node 24 warns of it. No option prevents that. The timer is
 * needed only when requests wait or the broker asked for a pause, so it is set only then.
 */
export function calmRequestQueues(): void {
  if (isCalm) return;
  isCalm = true;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: Queue) {
    if (this.pending.length > 0 || this.throttledUntil > wallClockMs()) schedule.call(this);
  };
}
