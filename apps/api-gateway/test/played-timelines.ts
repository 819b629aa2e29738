import { orderHistoryEvents } from '@ftgo/contracts/channels';
import { CourierMoved, type PositionDetails } from '@ftgo/contracts/delivery';
import { type OrderViewDetails, type TimelineEntryDetails, TimelineExtended } from '@ftgo/contracts/orderhistory';
import type { Broker } from '@ftgo/messaging/broker';
import { playedRecord } from '@ftgo/testing/services';

interface PlayedTimeline extends Pick<OrderViewDetails, 'status' | 'deliveryStatus'> {
  readonly entries: TimelineEntryDetails[];
}

/** What order-history-service has, by order; tests change it. */
export const timelines = new Map<number, PlayedTimeline>();

/** The requests for timelines, newest last. */
export const listed: { readonly orderId: number; readonly after: number }[] = [];

/** An order that the history knows, without entries so far. */
export function begin(orderId: number, state: Partial<PlayedTimeline> = {}): void {
  timelines.set(orderId, { status: 'APPROVED', deliveryStatus: 'PENDING', entries: [], ...state });
}

/** Adds an entry to a timeline, as order-history-service commits it; `publish` sends it. */
export function add(orderId: number, type: string, more: Partial<TimelineEntryDetails> = {}): TimelineEntryDetails {
  const timeline = timelines.get(orderId);
  if (!timeline) throw new Error(`begin order ${orderId} first`);
  const n = timeline.entries.length + 1;
  const entry: TimelineEntryDetails = { orderId, n, at: new Date(Date.UTC(2026, 10, 21, 18, n)), type, ...more };
  timeline.entries.push(entry);
  return entry;
}

/** Senders may use either format, even in one topic. */
const formatOf = (n: number) => (n % 2 === 0 ? 'application/json' : 'application/protobuf');

export async function publish(broker: Broker, ...entries: readonly TimelineEntryDetails[]): Promise<void> {
  await broker.ensureTopics([{ topic: orderHistoryEvents.topic, partitions: 3 }]);
  await broker.publish(
    entries.map((entry) =>
      playedRecord(orderHistoryEvents.topic, String(entry.orderId), TimelineExtended.payload.encode({ entry }, formatOf(entry.n)), {
        'content-type': formatOf(entry.n),
        ce_type: TimelineExtended.payload.typeName,
        ce_source: `${orderHistoryEvents.source}/${entry.orderId}`,
        ce_subject: String(entry.orderId),
        ce_sequence: String(entry.n).padStart(20, '0'),
      }),
    ),
  );
}

let positions = 0;

/** Publishes where the courier of an order is, as delivery-service does. */
export async function publishPosition(broker: Broker, orderId: number, position: PositionDetails): Promise<void> {
  const { channel, payload } = CourierMoved;
  await broker.ensureTopics([{ topic: channel.topic, partitions: 3 }]);
  const moved = { courierId: 9, position, at: new Date('2026-11-21T18:30:00Z') };
  const format = formatOf(positions++);
  const attributes = { ce_type: payload.typeName, ce_source: `${channel.source}/9`, ce_subject: '9', 'content-type': format };
  await broker.publish([playedRecord(channel.topic, String(orderId), payload.encode(moved, format), attributes)]);
}
