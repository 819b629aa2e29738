import type { Readable } from './dispatcher.js';

/** What runs side by side in the one transaction: only events whose handlers say that they touch nothing but their own key. */
export function lanesOf(batch: readonly Readable[]): Readable[][] {
  const independent = batch.every((read) => 'handler' in read && read.handler.kind === 'event' && read.handler.independentPerKey);
  return independent ? [...Map.groupBy(batch, ({ record }) => record.key?.toString('latin1')).values()] : [[...batch]];
}

/** Runs each lane in order, the lanes side by side. Waits for all of them before it rejects: nobody may go on in a transaction that is being rolled back. */
export async function eachInOrder<T>(lanes: readonly T[][], work: (item: T) => Promise<void>): Promise<void> {
  const settled = await Promise.allSettled(
    lanes.map(async (lane) => {
      for (const item of lane) await work(item);
    }),
  );
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
