import { orderId } from '@ftgo/ftgo';
import { describe, expect, it } from 'vitest';
import type { StoredDeadLetter } from './dead-letters.js';
import { diagnose } from './diagnosis.js';
import type { OrderPicture } from './order-picture.js';
import type { RelayLine } from './relays.js';
import type { SagaView } from './sagas.js';

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

/** An order whose saga waits for kitchen-service while every process is ready. */
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

const waiting = 'Saga create-order has been waiting for the reply of kitchen-service to CreateTicket (step create ticket) for 12 s';

const stateUnknown = 'No saga is in progress, but the state of the order is unknown';

describe('the diagnosis of an order', () => {
  it('is "not stuck" when all of its sagas have ended', () => {
    const order = { value: { state: 'APPROVED', orderTotal: '61.70', consumerId: 1, restaurantId: 1 } };
    const ended = picture({ order, ticket: { value: 'ACCEPTED' }, sagas: { value: [saga({ status: 'COMPLETED', endedAt: at })] } });
    expect(diagnose(ended)).toEqual({ sentence: 'Not stuck: the order is APPROVED, its ticket ACCEPTED.', next: undefined });
  });

  it('names the service that it waits for, and its log, while every process is ready', () => {
    expect(diagnose(picture())).toEqual({
      sentence: `${waiting}.`,
      next: `npm run ftgo -- logs kitchen-service -n 5000 | grep ${traceId}`,
    });
  });

  it('names a dead letter of the order', () => {
    expect(diagnose(picture({ deadLetters: [deadLetter()] }))).toEqual({
      sentence: `${waiting}: kitchen-service dead-lettered CreateTicket on ftgo.kitchen.commands: Error: no oven.`,
      next: "npm run ftgo -- dead-letters show kitchen-service/3   # once the cause is fixed: npm run ftgo -- dead-letters redrive kitchen-service/3 --reason '…'",
    });
    expect(diagnose(picture({ deadLetters: [deadLetter({ status: 'deferred' })] })).sentence).toContain(
      'kitchen-service deferred CreateTicket',
    );
  });

  it('names the dead letter that later events of the order wait for, not these', () => {
    const parked = deadLetter({ id: '4', ref: 'kitchen-service/4', status: 'parked', error: undefined });
    const { sentence, next } = diagnose(picture({ deadLetters: [parked, deadLetter()] }));
    expect(sentence).toBe(`${waiting}: kitchen-service dead-lettered CreateTicket on ftgo.kitchen.commands: Error: no oven.`);
    expect(next).toContain('dead-letters redrive kitchen-service/3');
  });

  it('states what a parked event waits for if the dead letter belongs to another order', () => {
    const parked = deadLetter({ status: 'parked', error: undefined });
    expect(diagnose(picture({ deadLetters: [parked] })).sentence).toBe(
      `${waiting}: kitchen-service parked CreateTicket on ftgo.kitchen.commands: it waits for an earlier event with its key.`,
    );
  });

  it('names a process that is down before its dead letters, and no process that the order does not need', () => {
    const down = (name: string) => picture({ deadLetters: [deadLetter()], health: [{ name, state: 'down' }] });
    expect(diagnose(down('kitchen-service'))).toEqual({
      sentence: expect.stringContaining(': process kitchen-service is down; kitchen-service dead-lettered') as string,
      next: 'npm run ftgo -- start kitchen-service',
    });
    expect(diagnose(down('restaurant-service')).sentence).not.toContain('restaurant-service');
    expect(diagnose({ ...down('kitchen-service'), isOurs: false }).next).toMatch(/^docker-compose start kitchen-service /);
  });

  it('does not suggest starting a process that is being restarted', () => {
    expect(diagnose(picture({ health: [{ name: 'kitchen-service', state: 'starting' }] }))).toEqual({
      sentence: `${waiting}: process kitchen-service is starting.`,
      next: 'npm run ftgo -- ps',
    });
  });

  it('names a process that is not ready, with the reason', () => {
    const health = [{ name: 'kitchen-service', state: 'not ready', reason: 'messaging: Kafka is unreachable' }] as const;
    expect(diagnose(picture({ health })).sentence).toBe(
      `${waiting}: process kitchen-service is not ready: messaging: Kafka is unreachable.`,
    );
  });

  describe('without a broker', () => {
    const lacking = {
      state: 'degraded',
      reason: 'messaging: the broker is unreachable, or group kitchen-service has not been joined',
    } as const;
    const kitchen = { name: 'kitchen-service', ...lacking };

    it('names Kafka before the services that cannot reach it', () => {
      const { sentence, next } = diagnose(picture({ health: [{ name: 'kafka', state: 'down' }, kitchen] }));
      expect(sentence).toMatch(/: process kafka is down; process kitchen-service is degraded: messaging: the broker is unreachable/);
      expect(next).toBe('npm run ftgo -- start kafka');
    });

    it('suggests checking the broker of a system that runs elsewhere', () => {
      const { sentence, next } = diagnose(picture({ health: [kitchen], isOurs: false }));
      expect(sentence).toMatch(/: the broker is unreachable; process kitchen-service is degraded/);
      expect(next).toMatch(/^docker-compose ps kafka /);
    });
  });

  it('names order-service if it is down and no saga is in progress', () => {
    const over = { order: { unknown: 'order-service does not respond' }, sagas: { value: [] } } as const;
    const { sentence, next } = diagnose(picture({ ...over, health: [{ name: 'order-service', state: 'down' }] }));
    expect(sentence).toBe(`${stateUnknown}: order-service does not respond; process order-service is down.`);
    expect(next).toBe('npm run ftgo -- start order-service');
  });

  describe('whose state cannot be read', () => {
    const ended = { sagas: { value: [saga({ status: 'COMPLETED', endedAt: at })] } } as const;
    const why = (order: OrderPicture['order']) => diagnose(picture({ ...ended, order }));

    it('is that the state is unknown, with the reason, and where to look', () => {
      expect(why({ unknown: 'order-service returned HTTP 500' })).toEqual({
        sentence: `${stateUnknown}: order-service returned HTTP 500.`,
        next: 'npm run ftgo -- logs order-service -n 5000',
      });
      expect(why({ value: undefined }).sentence).toBe(`${stateUnknown}: order-service does not have the order.`);
    });

    it('suggests signing in, if that is missing', () => {
      const unknown = 'order-service returned HTTP 401; sign in: npm run ftgo -- login';
      expect(why({ unknown })).toEqual({ sentence: `${stateUnknown}: ${unknown}.`, next: 'npm run ftgo -- login' });
    });

    it('is not that of its ticket or delivery: these are shown as unknown', () => {
      const order = { value: { state: 'APPROVED', orderTotal: '61.70', consumerId: 1, restaurantId: 1 } };
      const { sentence } = diagnose(picture({ ...ended, order, ticket: { unknown: 'kitchen-service does not respond' } }));
      expect(sentence).toBe('Not stuck: the order is APPROVED, its ticket unknown.');
    });
  });

  it('names PostgreSQL if it is down', () => {
    const unknown = 'cannot query database ftgo_order: connect ECONNREFUSED 127.0.0.1:54329';
    expect(diagnose(picture({ sagas: { unknown }, health: [{ name: 'postgres', state: 'down' }] }))).toEqual({
      sentence: 'Cannot query database ftgo_order: connect ECONNREFUSED 127.0.0.1:54329: process postgres is down.',
      next: 'npm run ftgo -- start postgres',
    });
  });

  it.each([
    [relayOf('order-service', { state: 'lagging', unpublished: 300 }), 'the relay of ftgo_order lags by 300 messages'],
    [relayOf('kitchen-service', { state: 'no relay', unpublished: 1 }), 'no relay reads ftgo_kitchen, with 1 message unpublished'],
    [relayOf('order-service', { state: 'lagging', unpublished: 10_000 }), 'the relay of ftgo_order lags by 10000 messages or more'],
    [relayOf('order-service', { state: 'no relay', reason: 'wal_level is replica' }), 'no relay reads ftgo_order (wal_level is replica)'],
    [relayOf('order-service', { state: 'never read', relay: undefined, reason: 'refused' }), 'no relay has ever read ftgo_order'],
  ])('names the relay that must publish the command or its reply: %#', (line, words) => {
    expect(diagnose(picture({ relays: [line] })).sentence).toBe(`${waiting}: ${words}.`);
  });

  it('names the command that skips a message which the broker permanently rejects', () => {
    const id = '019a1b2c-3d4e-7f50-8123-456789abcdef';
    const line = relayOf('order-service', { state: 'lagging', relay: 'refused', reason: `message ${id} to ftgo.order.events: too large` });
    expect(diagnose(picture({ relays: [line] })).next).toContain(`npm run ftgo -- relay skip order-service ${id} --reason '…'`);
  });

  it('omits a relay that has nothing to publish', () => {
    expect(diagnose(picture({ relays: [relayOf('kitchen-service', { state: 'no relay', unpublished: 0 })] })).sentence).toBe(`${waiting}.`);
  });

  it('omits a relay that the saga does not need', () => {
    expect(diagnose(picture({ relays: [relayOf('restaurant-service', { state: 'no relay' })] })).sentence).toBe(`${waiting}.`);
  });

  it('includes the problem of a stuck saga, and that it is compensating or overdue', () => {
    const stuck = saga({ status: 'STUCK', step: 'approve order', problem: 'TypeError: no such order', awaits: undefined });
    expect(diagnose(picture({ sagas: { value: [stuck] } })).sentence).toBe(
      'Saga create-order is stuck and has been at step approve order for 12 s; problem: TypeError: no such order.',
    );
    expect(diagnose(picture({ sagas: { value: [stuck] } })).next).toBe(
      "npm run ftgo -- saga show s1   # once the cause is fixed: npm run ftgo -- saga retry s1 --reason '…'",
    );
    const back = saga({ status: 'COMPENSATING', step: 'create ticket:undo', alarmed: true });
    expect(diagnose(picture({ sagas: { value: [back] } })).sentence).toBe(
      'Saga create-order is compensating and has been waiting for the reply of kitchen-service to CreateTicket (step create ticket:undo) for 12 s, past its deadline.',
    );
  });

  it('is the error when the sagas cannot be queried', () => {
    expect(diagnose(picture({ sagas: { unknown: 'cannot query database ftgo_order: ECONNREFUSED' } })).sentence).toBe(
      'Cannot query database ftgo_order: ECONNREFUSED.',
    );
  });
});
