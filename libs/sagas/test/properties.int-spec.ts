import { DomainError } from '@ftgo/kernel';
import type { Session, SessionSource } from '@ftgo/messaging';
import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sent } from './hand-broker.js';
import { placed, placeOrderSaga } from './shop.js';
import { effectsOf, SagaWorld } from './world.js';

/** Connections that break at a commit, sometimes before and sometimes after Postgres has committed. */
class BreakingSessions implements SessionSource {
  breaks: boolean[] = [];

  constructor(private readonly inner: SessionSource) {}

  async acquire(): Promise<Session> {
    const session = await this.inner.acquire();
    return {
      begin: () => session.begin(),
      rollback: () => session.rollback(),
      query: (statement) => session.query(statement),
      release: (broken) => session.release(broken),
      commit: async () => {
        const isCommitted = this.breaks.shift();
        if (isCommitted === undefined) return session.commit();
        await (isCommitted ? session.commit() : session.rollback());
        throw Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });
      },
    };
  }
}

let world: SagaWorld;
let sessions: BreakingSessions;
let orderId = 0;

beforeAll(async () => {
  world = await SagaWorld.open({
    stuckAfter: 1_000,
    through: (inner) => {
      sessions = new BreakingSessions(inner);
      return sessions;
    },
  });
});
afterAll(() => world.close());

interface Turn {
  readonly pick: number;
  /** The number of consumers that deliver concurrently. */
  readonly copies: number;
  readonly keep: boolean;
  readonly timeUp: boolean;
  readonly breaks: readonly boolean[];
}

const rarely = fc.integer({ min: 0, max: 5 }).map((n) => n === 0);
const turns = fc.array(
  fc.record({
    pick: fc.nat(10),
    copies: fc.constantFrom(1, 1, 1, 3),
    keep: rarely,
    timeUp: rarely,
    breaks: fc.oneof(
      { weight: 8, arbitrary: fc.constant<boolean[]>([]) },
      { weight: 1, arbitrary: fc.array(fc.boolean(), { minLength: 1, maxLength: 2 }) },
    ),
  }),
  { maxLength: 30 },
);

async function turn(id: string, network: Sent[], { pick, copies, keep, timeUp, breaks }: Turn): Promise<void> {
  network.push(...(await world.sent()));
  if (timeUp) await world.timePasses(id);
  const [message] = network.splice(pick % Math.max(network.length, 1), 1);
  if (!message) return;
  if (keep) network.push({ ...message, id: uuidv7() });
  sessions.breaks.push(...breaks);
  // The same message to several consumers, and a command that was resent.
  await Promise.all(Array.from({ length: copies }, (_, i) => world.deliver(i < 2 ? message : { ...message, id: uuidv7() })));
  sessions.breaks.length = 0;
}

it('a saga on a real database completes with all of its effects, or rolls back with none', { timeout: 120_000 }, () =>
  fc.assert(
    fc.asyncProperty(turns, fc.record({ reserve: fc.boolean(), pay: fc.boolean() }), async (all, refused) => {
      world.effects.ending.clear();
      const refuse = (name: string, code: string) =>
        world.effects.ending.set(name, () => Promise.reject(new DomainError(code, 'rule-broken', code)));
      if (refused.reserve) refuse('shop.v1.Reserve', 'SOLD_OUT');
      if (refused.pay) refuse('shop.v1.Pay', 'NO_CREDIT');
      const order = { ...placed, orderId: ++orderId };
      const id = await world.start(placeOrderSaga, order);
      const network: Sent[] = [];
      for (const next of all) await turn(id, network, next);
      await world.deliver(...network.toReversed());
      await world.settle();
      const { status } = await world.saga(id);
      const effects = await effectsOf(world, order.orderId);
      if (status === 'COMPLETED') expect(effects).toEqual({ checked: 1, reserved: 1, paid: 1, shipped: 1, approved: 1 });
      else {
        expect(status).toBe('ROLLED_BACK');
        expect({ ...effects, checked: 1 }).toEqual({ checked: 1, rejected: 1 });
      }
      expect(await world.deadLetters()).toEqual([]);
    }),
    { numRuns: 40, endOnFailure: true },
  ),
);
