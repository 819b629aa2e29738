import { defaultLargestRecordBytes } from '../broker/broker.js';
import type { Handler } from './handler.js';

/** A message as it was measured when it was sent has no key and no framing yet. */
const besideMessageBytes = 64 * 1024;

/** The largest record of each topic that is read whole: as large as its channel's messages may be. */
export function largestRecordsOf(handlers: readonly Handler[]): (topic: string) => number {
  const limits = new Map<string, number>();
  for (const handler of handlers) {
    const { topic, maxMessageBytes } = handler.kind === 'reply' ? handler.channel : handler.type.channel;
    limits.set(topic, Math.max(defaultLargestRecordBytes, maxMessageBytes + besideMessageBytes));
  }
  return (topic) => limits.get(topic) ?? defaultLargestRecordBytes;
}
