import { dateTimeOutput, InvalidRequest, wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';
import type { TrackedEvent } from './order-tracking.js';

/** The number of the last entry that the client has seen. */
const entryNumber = () => wholeNumberParam(0);

export const eventsQuery = z.object({
  after: entryNumber()
    .default(0)
    .describe('the number of the last known event; only later ones are sent. The header Last-Event-ID takes precedence'),
});

/** As browsers send it when they reconnect. */
export function lastEventIdIn(header: unknown): number | undefined {
  if (header === undefined) return undefined;
  const { success, data } = entryNumber().safeParse(header);
  if (success) return data;
  throw new InvalidRequest([
    { pointer: '/Last-Event-ID', detail: 'must be a whole number of at least 0: the id of the last event received' },
  ]);
}

const timelineEntry = z.object({
  n: z.int().optional(),
  at: z.string(),
  type: z.string(),
  order: z.object({ state: z.string() }).optional(),
  ticket: z.object({ state: z.string().optional(), readyBy: z.string().optional() }).optional(),
  delivery: z.object({ state: z.string(), courierId: z.int().optional() }).optional(),
  position: z.object({ lat: z.number(), lon: z.number() }).optional(),
  actor: z.string().optional(),
});
export type TimelineEntryJson = z.output<typeof timelineEntry>;

const example: TimelineEntryJson = {
  n: 7,
  at: '2030-01-01T18:02:00.000',
  type: 'TicketAccepted',
  ticket: { state: 'ACCEPTED', readyBy: '2030-01-01T18:30:00.000' },
};

/** Server-sent events, as text. */
export const eventStream = z
  .string()
  .describe(
    'server-sent events: the id is the number of the event, the data is JSON; a comment every 15 seconds. Positions of the courier (CourierMoved) have no number. Operators and services also see the actor: who caused the event',
  )
  .meta({ id: 'OrderEvents', example: `id: 7\ndata: ${JSON.stringify(example)}\n\n` });

export function entryJson(event: TrackedEvent): TimelineEntryJson {
  const { n, type } = event;
  const at = dateTimeOutput(event.at);
  if (n === undefined) return { at, type, position: event.position };
  const { order, ticket, delivery, actor } = event;
  return {
    n,
    at,
    type,
    order,
    ticket: ticket && { state: ticket.state, readyBy: ticket.readyBy && dateTimeOutput(ticket.readyBy) },
    delivery,
    actor,
  };
}

const lastTypes: ReadonlySet<string> = new Set(['OrderRejected', 'OrderCancelled', 'DeliveryDelivered']);

/** Whether the order has ended with this entry. */
export const isLast = ({ type }: TrackedEvent): boolean => lastTypes.has(type);
