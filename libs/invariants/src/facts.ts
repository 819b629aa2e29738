import { z } from 'zod';

// What services serve under /operations/facts. Amounts are in minor units. Each service contributes some of the parts.

const id = z.int().positive();
const amount = z.int();

/** Quantities of an order or a ticket. */
const lines = z.array(z.object({ menuItemId: z.string(), quantity: z.int() }));

const order = z.object({
  state: z.enum(['APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING']),
  consumerId: id,
  restaurantId: id,
  total: amount,
  lines,
  /** Number of its events. */
  version: z.int(),
});

/** A saga that has not ended, or has ended and left its deadline behind. */
const saga = z.object({
  id: z.string(),
  saga: z.string(),
  status: z.enum(['RUNNING', 'COMPENSATING', 'STUCK', 'COMPLETED', 'ROLLED_BACK']),
  step: z.string(),
  problem: z.string().optional(),
  /** Its deadline has passed by this time, less than 0 before it; undefined: it has no deadline. */
  overdueSeconds: z.number().optional(),
  /** Deadlines do not count during an outage. */
  isClockRunning: z.boolean(),
});

const ticket = z.object({ state: z.string(), restaurantId: id, lines, version: z.int() });

const authorization = z.object({ state: z.string(), amount, accountId: id });

const delivery = z.object({
  state: z.string(),
  /** The state of the ticket as known from events. */
  ticketProgress: z.string(),
  restaurantId: id.optional(),
  version: z.int(),
});

/** The order in the history; absent values are not known yet. */
const view = z.object({
  status: z.string().optional(),
  deliveryStatus: z.string(),
  consumerId: id.optional(),
  restaurantId: id.optional(),
  total: amount.optional(),
  lines: lines.optional(),
  /** The number of events in the timeline, by the kind of aggregate. */
  events: z.record(z.enum(['order', 'ticket', 'delivery', 'account']), z.int()),
  /** According to the events of the account. */
  authorization: z.object({ state: z.string(), amount }).optional(),
});

/** Everything that services know about an order. */
export const aboutOrder = z.object({
  id,
  order: order.optional(),
  sagas: z.array(saga).optional(),
  ticket: ticket.optional(),
  authorization: authorization.optional(),
  delivery: delivery.optional(),
  view: view.optional(),
  /** The kinds of notifications that the consumer got about the order. */
  notifications: z.array(z.string()).optional(),
});
export type AboutOrder = z.infer<typeof aboutOrder>;
export type SagaFact = z.infer<typeof saga>;

const account = z.object({
  state: z.string(),
  version: z.int(),
  creditLimit: amount.optional(),
  /** The sum of the open authorisations. */
  authorized: amount,
  captured: amount,
});

/** Everything that services know about a consumer. */
export const aboutConsumer = z.object({
  id,
  consumer: z.object({ version: z.int() }).optional(),
  /** The account as it is used: from a snapshot and later events. */
  account: account.optional(),
  /** The account according to all its events. */
  events: account.optional(),
  /** The sums of its authorisations in the view by order. */
  authorizations: z.object({ authorized: amount, captured: amount }).optional(),
});
export type AboutConsumer = z.infer<typeof aboutConsumer>;

/** What one service knows about a restaurant. */
export const aboutRestaurant = z.object({
  id,
  restaurant: z.object({ version: z.int() }).optional(),
  replica: z.object({ sequence: z.int() }).optional(),
});
export type AboutRestaurant = z.infer<typeof aboutRestaurant>;

const place = z.object({ topic: z.string(), partition: z.int(), position: z.string() });

/** What a service finds when it compares its outbox and its inbox with the topics. */
export const aboutMessages = z.object({
  sent: z.object({
    /** Rows in the outbox, and how many of them, the newest, were compared. */
    retained: z.int(),
    compared: z.int(),
    /** Messages that are in their topic more than once, as after a crash of the relay: their consumers recognise them. */
    repeated: z.int(),
    /** Rows that are not in their topic and not known to be published. */
    waiting: z.int(),
  }),
  /** The number of messages in the topics that the service handles. */
  received: z.int(),
  problems: z.array(
    z.object({
      kind: z.enum(['lost', 'foreign', 'changed', 'out-of-order', 'gap', 'answers', 'unhandled']),
      /** Of the message, the aggregate or the step of a saga. */
      id: z.string(),
      what: z.string(),
      place: place.optional(),
    }),
  ),
  /** The number of problems, of which not all may be listed. */
  problemCount: z.int(),
});
export type AboutMessages = z.infer<typeof aboutMessages>;

/** How far the messages of a service have come. */
export const messageFlow = z.object({
  /** All messages sent more than this many seconds ago are published; undefined: unknown. */
  publishedSecondsAgo: z.number().optional(),
  /** Why nothing is published or consumed. */
  problems: z.array(z.string()),
  /** How long the oldest message that this instance has fetched has waited to be handled. */
  waitedSeconds: z.number(),
});
export type MessageFlow = z.infer<typeof messageFlow>;

export const openDeadLetters = z.object({
  deadLetters: z.array(
    z.object({
      id: z.coerce.string(),
      status: z.string(),
      topic: z.string(),
      partition: z.int(),
      position: z.string(),
      key: z.string().optional(),
      error: z.string().optional(),
    }),
  ),
});

export const knownFacts = z.object({ about: z.array(z.string()) });

/** A page of facts about things. */
export const pageOf = <Fact extends z.ZodType>(fact: Fact) => z.object({ facts: z.array(fact), next: z.int().optional() });
