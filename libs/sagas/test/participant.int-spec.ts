import { DomainError } from '@ftgo/kernel';
import { NotYet } from '@ftgo/messaging';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Sent } from './hand-broker.js';
import { Pay, type PlaceOrder, placed, placeOrderSaga } from './shop.js';
import { effectsOf, SagaWorld } from './world.js';

let world: SagaWorld;
let orderId = 0;
const anOrder = (): PlaceOrder => ({ ...placed, orderId: ++orderId });
/** The same command with a new id, as when a saga resends it. */
const sentAgain = (command: Sent): Sent => ({ ...command, id: uuidv7() });
const answersIn = (messages: Sent[]): string[] => messages.map(({ outcome, payload }) => `${outcome} ${payload.toString()}`);

/** The command of a step of a new saga, and that of its compensation; neither is delivered. */
async function commandsOf(step: 'reserve' | 'pay'): Promise<{ order: PlaceOrder; forward: Sent; undo: Sent }> {
  const order = anOrder();
  const id = await world.start(placeOrderSaga, order);
  const [forward] = await world.settleExcept(({ saga_step }) => saga_step === step);
  await world.timePasses(id);
  const [undo] = await world.sent();
  return { order, forward: forward as Sent, undo: undo as Sent };
}

beforeAll(async () => {
  world = await SagaWorld.open();
});
afterEach(async () => {
  world.effects.ending.clear();
  await world.settle();
});
afterAll(() => world.close());

describe('a resent command', () => {
  it('is not executed again, and gets the same reply', async () => {
    const { order, forward } = await commandsOf('pay');
    await world.deliver(forward);
    const first = await world.sent();
    await world.deliver(sentAgain(forward), sentAgain(forward));
    expect(answersIn(await world.sent())).toEqual([...answersIn(first), ...answersIn(first)]);
    expect(answersIn(first)).toEqual(['success {"receipt":99}']);
    expect(await effectsOf(world, order.orderId)).toMatchObject({ paid: 1 });
  });

  it('gets the same failure reply even if it would now succeed', async () => {
    const { order, forward } = await commandsOf('pay');
    world.effects.refuse(Pay, 'NO_CREDIT');
    await world.deliver(forward);
    world.effects.ending.clear();
    await world.deliver(sentAgain(forward));
    const answers = answersIn(await world.sent());
    expect(answers[0]).toContain('NO_CREDIT');
    expect(answers[1]).toBe(answers[0]);
    expect(await effectsOf(world, order.orderId)).not.toHaveProperty('paid');
  });

  it('on two connections at once is executed once', async () => {
    const { order, forward } = await commandsOf('pay');
    await Promise.all([1, 2, 3, 4].map(() => world.deliver(sentAgain(forward))));
    const answers = answersIn(await world.sent());
    expect(answers).toHaveLength(4);
    expect(new Set(answers)).toEqual(new Set(['success {"receipt":99}']));
    expect(await effectsOf(world, order.orderId)).toMatchObject({ paid: 1 });
  });

  it('is executed if the first attempt failed with an unexpected error', async () => {
    const { order, forward } = await commandsOf('pay');
    world.effects.ending.set('shop.v1.Pay', () => {
      throw new Error('a bug');
    });
    await world.deliver(forward);
    expect(await world.sent()).toEqual([]);
    world.effects.ending.clear();
    await world.deliver(sentAgain(forward));
    expect(answersIn(await world.sent())).toEqual(['success {"receipt":99}']);
    expect(await effectsOf(world, order.orderId)).toMatchObject({ paid: 1 });
    await world.rows('DELETE FROM dead_letter');
  });

  it('is executed if the first one was deferred', async () => {
    const { order, forward } = await commandsOf('pay');
    world.effects.ending.set('shop.v1.Pay', () => {
      throw new NotYet(new DomainError('NO_CREDIT', 'rule-broken', 'the account lags behind'));
    });
    await world.deliver(forward);
    expect(await world.deadLetters()).toMatchObject([{ status: 'deferred' }]);
    await world.rows('DELETE FROM dead_letter');
    world.effects.ending.clear();
    await world.deliver(sentAgain(forward));
    expect(answersIn(await world.sent())).toEqual(['success {"receipt":99}']);
    expect(await effectsOf(world, order.orderId)).toMatchObject({ paid: 1 });
  });
});

describe('a compensation', () => {
  it('undoes what was done, once', async () => {
    const { order, forward, undo } = await commandsOf('pay');
    await world.deliver(forward);
    await world.deliver(undo, sentAgain(undo));
    await world.settle();
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, rejected: 1 });
  });

  it('that arrives before its command succeeds, and the command later changes nothing', async () => {
    const { order, forward, undo } = await commandsOf('pay');
    await world.deliver(undo);
    expect((await world.sent()).map(({ outcome, type }) => `${outcome} ${type}`)).toEqual(['success shop.v1.RefundReply']);
    await world.deliver(forward, sentAgain(forward));
    const late = await world.sent();
    expect(late.map(({ outcome, payload }) => [outcome, JSON.parse(payload.toString()) as unknown])).toEqual([
      ['failure', { code: 'WITHDRAWN', detail: 'withdrawn: its compensation arrived first; nothing was done' }],
      ['failure', { code: 'WITHDRAWN', detail: 'withdrawn: its compensation arrived first; nothing was done' }],
    ]);
    await world.deliver(...late);
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, reserved: 1 });
  });

  it('of a rejected command succeeds without doing anything', async () => {
    const { order, forward, undo } = await commandsOf('pay');
    world.effects.refuse(Pay, 'NO_CREDIT');
    await world.deliver(forward);
    await world.deliver(undo);
    const answers = await world.sent();
    expect(answers.map(({ outcome }) => outcome)).toEqual(['failure', 'success']);
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, reserved: 1 });
  });

  it('concurrent with its command leaves no effect, in either order', async () => {
    for (let round = 0; round < 10; round++) {
      const { order, forward, undo } = await commandsOf('pay');
      await Promise.all(round % 2 ? [world.deliver(undo), world.deliver(forward)] : [world.deliver(forward), world.deliver(undo)]);
      expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, reserved: 1 });
    }
  });

  it('waits for a command that is being executed, and then undoes it', async () => {
    const { order, forward, undo } = await commandsOf('pay');
    const started = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    world.effects.ending.set('shop.v1.Pay', () => {
      started.resolve();
      return go.promise;
    });
    const paying = world.deliver(forward);
    await started.promise;
    const undoing = world.deliver(undo);
    go.resolve();
    await Promise.all([paying, undoing]);
    expect(await effectsOf(world, order.orderId)).toEqual({ checked: 1, reserved: 1 });
  });
});

describe('a compensation of a saga whose replies may have been deleted', () => {
  /** As if the saga of a command had started some days ago. */
  const olderBy = (days: number, command: Sent): Sent => ({
    ...command,
    saga_id: uuidv7({ msecs: Date.now() - days * 24 * 60 * 60 * 1_000 }),
  });

  it('is rejected, and undoes nothing, since the step may have happened', async () => {
    const { order, forward, undo } = await commandsOf('pay');
    await world.deliver(olderBy(31, forward));
    const [old] = await world.sent();
    await world.rows('DELETE FROM saga_answer WHERE saga_id = $1', [old?.saga_id]);
    await world.deliver({ ...undo, saga_id: old?.saga_id ?? '' });
    expect(answersIn(await world.sent()).at(-1)).toContain('REPLY_DELETED');
    expect(await effectsOf(world, order.orderId)).toMatchObject({ paid: 1 });
  });

  it('is rejected again when it is resent, until an operator skips it', async () => {
    const { undo } = await commandsOf('pay');
    const old = olderBy(31, undo);
    await world.deliver(old, sentAgain(old));
    expect(answersIn(await world.sent())).toEqual([
      expect.stringMatching(/^failure .*REPLY_DELETED/),
      expect.stringMatching(/^failure .*REPLY_DELETED/),
    ]);
  });

  it('undoes the step if the reply to it is still stored', async () => {
    const { order, forward, undo } = await commandsOf('pay');
    const old = olderBy(31, forward);
    await world.deliver(old);
    await world.deliver({ ...undo, saga_id: old.saga_id });
    expect(await effectsOf(world, order.orderId)).not.toHaveProperty('paid');
  });

  it('succeeds for a younger saga, whose step cannot have happened', async () => {
    const { undo } = await commandsOf('pay');
    await world.deliver(olderBy(28, undo));
    expect(answersIn(await world.sent())).toEqual([expect.stringMatching(/^success /)]);
  });
});

describe('a command that is handled a month after it was sent, such as a dead letter', () => {
  const sentBefore = (days: number, command: Sent): Sent => ({
    ...command,
    time: new Date(Date.now() - days * 24 * 60 * 60 * 1_000),
  });

  it('changes nothing, since its compensation may have been handled in the meantime', async () => {
    const { order, forward, undo } = await commandsOf('pay');
    await world.deliver(undo);
    await world.sent();
    await world.rows('DELETE FROM saga_answer WHERE saga_id = $1', [forward.saga_id]);
    await world.deliver(sentBefore(31, forward));
    expect(answersIn(await world.sent()).at(-1)).toContain('REPLY_DELETED');
    expect(await effectsOf(world, order.orderId)).not.toHaveProperty('paid');
  });

  it('is executed when the saga sends it again', async () => {
    const { order, forward } = await commandsOf('pay');
    await world.deliver(sentBefore(31, forward));
    await world.deliver(sentAgain(forward));
    expect(await effectsOf(world, order.orderId)).toMatchObject({ paid: 1 });
  });

  it('gets the reply that is stored', async () => {
    const { forward } = await commandsOf('pay');
    await world.deliver(forward);
    const [reply] = answersIn(await world.sent());
    await world.deliver(sentAgain(sentBefore(31, forward)));
    expect(answersIn(await world.sent()).at(-1)).toBe(reply);
  });
});

describe('a command without a saga', () => {
  it('is executed each time, and its reply is not stored', async () => {
    const { order, forward } = await commandsOf('pay');
    const notification = { ...forward, saga_id: undefined as never, saga_step: undefined as never, reply_to: undefined };
    const before = await world.rows('SELECT FROM saga_answer');
    await world.deliver(sentAgain(notification), sentAgain(notification));
    expect(await effectsOf(world, order.orderId)).toMatchObject({ paid: 2 });
    expect(await world.rows('SELECT FROM saga_answer')).toHaveLength(before.length);
  });
});

describe('answers', () => {
  it('are deleted after 30 days', async () => {
    await world.rows(
      `INSERT INTO saga_answer (saga_id, saga_step, outcome, answered_at) SELECT 'old', n::text, 'withdrawn', now() - interval '31 days' FROM generate_series(1, 25) n`,
    );
    await world.rows(
      `INSERT INTO saga_answer (saga_id, saga_step, outcome, answered_at) VALUES ('young', '1', 'withdrawn', now() - interval '29 days')`,
    );
    expect(await world.answers.prune(10)).toBe(25);
    expect(await world.rows(`SELECT FROM saga_answer WHERE saga_id IN ('old', 'young')`)).toHaveLength(1);
  });

  it('of a saga that still sends commands are all kept', async () => {
    const order = { sagaId: 'asks', sagaStep: 'pay' };
    await world.rows(
      `INSERT INTO saga_answer (saga_id, saga_step, outcome, answered_at)
        SELECT $1, step, 'withdrawn', now() - interval '29 days' FROM unnest(ARRAY['reserve', $2]) step`,
      [order.sagaId, order.sagaStep],
    );
    await world.transactions.run(() => world.answers.find(order));
    await world.rows(`UPDATE saga_answer SET answered_at = answered_at - interval '2 days' WHERE saga_id = $1`, [order.sagaId]);
    await world.answers.prune();
    expect(await world.rows('SELECT FROM saga_answer WHERE saga_id = $1', [order.sagaId])).toHaveLength(2);
  });
});
