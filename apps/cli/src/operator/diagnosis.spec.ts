import { orderId } from '@ftgo/ftgo';
import { describe, expect, it } from 'vitest';
import type { StoredDeadLetter } from './dead-letters.js';
import type { OrderPicture } from './order-picture.js';
import type { RelayLine } from './relays.js';
import type { SagaView } from './sagas.js';
import { whyStuck } from './why-stuck.js';

const at = new Date('2026-11-21T12:00:12Z');
const startedAt = new Date('2026-11-21T12:00:00Z');
const traceId = '0af7651916cd43dd8448eb211c80319c';

const saga = (over: Partial<SagaView> = {}): SagaView => ({
  id: 's1',
  saga: 'create-order',
  version: 2,
  service: 'order-service',
  status: 'RUNNING',
  step: 'create ticket',
  alarmed: false,
  startedAt,
  stepSince: startedAt,
  state: { orderId: 7 },
  correlationId: 'r1',
  done: [],
  history: [],
  awaits: { command: 'CreateTicket', from: 'kitchen-service', isPublished: true },
  ...over,
});

const relayOf = (service: string, over: Partial<RelayLine> = {}): RelayLine => ({
  service,
  database: `ftgo_${service.replace('-service', '')}`,
  state: 'publishing',
  relay: 'leading',
  ...over,
});

/** An order whose saga waits for the kitchen while everything runs. */
const picture = (over: Partial<OrderPicture> = {}): OrderPicture => ({
  orderId: orderId(7),
  traceId,
  order: { value: { state: 'APPROVAL_PENDING', orderTotal: '61.70', consumerId: 1, restaurantId: 1 } },
  ticket: { value: undefined },
  delivery: { value: undefined },
  authorization: { value: undefined },
  sagas: { value: [saga()] },
  timeline: { value: [] },
  deadLetters: [],
  deadLettersUnknown: [],
  relays: [relayOf('order-service'), relayOf('kitchen-service')],
  health: ['order-service', 'kitchen-service', 'outbox-relay', 'restaurant-service'].map((name) => ({ name, state: 'ready' })),
  isOurs: true,
  at,
  ...over,
});

const deadLetter = (over: Partial<StoredDeadLetter> = {}): StoredDeadLetter => ({
  id: '3',
  ref: 'kitchen-service/3',
  service: 'kitchen-service',
  group: 'kitchen-service',
  messageId: 'm1',
  status: 'dead',
  topic: 'ftgo.kitchen.commands',
  partition: 0,
  position: '1',
  type: 'ftgo.kitchen.v1.CreateTicket',
  error: 'Error: no oven',
  attempts: 5,
  storedAt: at,
  payloadBytes: 10,
  extensions: {},
  ...over,
});

const waiting = 'The saga create-order is waiting for the reply of kitchen-service to CreateTicket (step create ticket) for 12 s';

describe('why an order is stuck', () => {
  it('is nothing when all of its sagas have ended', () => {
    const order = { value: { state: 'APPROVED', orderTotal: '61.70', consumerId: 1, restaurantId: 1 } };
    const ended = picture({ order, ticket: { value: 'ACCEPTED' }, sagas: { value: [saga({ status: 'COMPLETED', endedAt: at })] } });
    expect(whyStuck(ended)).toEqual({ sentence: 'It is not stuck: the order is APPROVED, its ticket ACCEPTED.', next: undefined });
  });

  it('is whom it waits for while everything runs, and where to look is their log', () => {
    expect(whyStuck(picture())).toEqual({
      sentence: `${waiting}.`,
      next: `npm run ftgo -- logs kitchen-service -n 5000 | grep ${traceId}`,
    });
  });

  it('is a message of it that is a dead letter', () => {
    expect(whyStuck(picture({ deadLetters: [deadLetter()] }))).toEqual({
      sentence: `${waiting}: kitchen-service dead-lettered CreateTicket on ftgo.kitchen.commands: Error: no oven.`,
      next: 'npm run ftgo -- dead-letters show kitchen-service/3',
    });
    expect(whyStuck(picture({ deadLetters: [deadLetter({ status: 'deferred' })] })).sentence).toContain(
      'kitchen-service deferred CreateTicket',
    );
  });

  it('is the process that is down before the messages that it holds, and nobody whom it does not need', () => {
    const down = (name: string) => picture({ deadLetters: [deadLetter()], health: [{ name, state: 'down' }] });
    expect(whyStuck(down('kitchen-service'))).toEqual({
      sentence: expect.stringContaining(': process kitchen-service is down; kitchen-service dead-lettered') as string,
      next: 'npm run ftgo -- start kitchen-service',
    });
    expect(whyStuck(down('restaurant-service')).sentence).not.toContain('restaurant-service');
    expect(whyStuck({ ...down('kitchen-service'), isOurs: false }).next).toMatch(/^docker-compose start kitchen-service /);
  });

  it('is the process that is not ready, with its reason', () => {
    const health = [{ name: 'kitchen-service', state: 'not ready', reason: 'messaging: Kafka is away' }] as const;
    expect(whyStuck(picture({ health })).sentence).toBe(`${waiting}: process kitchen-service is not ready: messaging: Kafka is away.`);
  });

  it.each([
    [relayOf('order-service', { state: 'behind', unpublished: 300 }), 'the relay of ftgo_order is 300 messages behind'],
    [relayOf('kitchen-service', { state: 'nobody reads', unpublished: 1 }), 'no relay reads ftgo_kitchen, where 1 message waits'],
    [relayOf('order-service', { state: 'behind', unpublished: 10_000 }), 'the relay of ftgo_order is 10000 messages or more behind'],
    [
      relayOf('order-service', { state: 'nobody reads', reason: 'wal_level is replica' }),
      'no relay reads ftgo_order (wal_level is replica)',
    ],
    [relayOf('order-service', { state: 'never read', relay: undefined, reason: 'refused' }), 'no relay has ever read ftgo_order'],
  ])('is the relay on the way of the command or of its answer: %#', (line, words) => {
    expect(whyStuck(picture({ relays: [line] })).sentence).toBe(`${waiting}: ${words}.`);
  });

  it('is not a relay that has nothing to publish', () => {
    expect(whyStuck(picture({ relays: [relayOf('kitchen-service', { state: 'nobody reads', unpublished: 0 })] })).sentence).toBe(
      `${waiting}.`,
    );
  });

  it('is not the relay of somebody else', () => {
    expect(whyStuck(picture({ relays: [relayOf('restaurant-service', { state: 'nobody reads' })] })).sentence).toBe(`${waiting}.`);
  });

  it('is the problem of the saga itself, and that it goes back or is overdue', () => {
    const stuck = saga({ status: 'STUCK', step: 'approve order', problem: 'TypeError: no such order', awaits: undefined });
    expect(whyStuck(picture({ sagas: { value: [stuck] } })).sentence).toBe(
      'The saga create-order is stuck, at its step approve order for 12 s, with the problem: TypeError: no such order.',
    );
    const back = saga({ status: 'COMPENSATING', step: 'create ticket:undo', alarmed: true });
    expect(whyStuck(picture({ sagas: { value: [back] } })).sentence).toBe(
      'The saga create-order goes back, waiting for the reply of kitchen-service to CreateTicket (step create ticket:undo) for 12 s, past its deadline.',
    );
  });

  it('is that the sagas cannot be looked at', () => {
    expect(whyStuck(picture({ sagas: { unknown: 'the database ftgo_order does not answer: ECONNREFUSED' } })).sentence).toBe(
      'The database ftgo_order does not answer: ECONNREFUSED.',
    );
  });
});
