import { Database } from '@ftgo/platform';
import { eventually } from '@ftgo/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PriceList } from './price-list.js';

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly gaps: number;
  readonly progress?: object;
  readonly rebuiltAt?: string;
  readonly actions: ReadonlyArray<{ readonly action: string; readonly reason: string }>;
}

let priceList: PriceList;
beforeEach(async () => {
  priceList = await PriceList.start();
});
afterEach(() => priceList.close());

const note = { by: 'olga', reason: 'the handler is fixed in 1.2' };
const ask = (remoteAddress = '127.0.0.1', name = 'prices') =>
  priceList.app.inject({ method: 'POST', url: `/operations/replicas/${name}/rebuild`, payload: note, remoteAddress });

async function shown(): Promise<Shown> {
  const { replicas } = (await priceList.app.inject('/operations/replicas')).json<{ replicas: [Shown] }>();
  return replicas[0];
}

const untilReady = () =>
  eventually(async () => {
    const replica = await shown();
    expect(replica.state).toBe('ready');
    return replica;
  });

async function letters(): Promise<string[]> {
  const rows = await priceList.app.get(Database).query<{ status: string }>('SELECT status FROM dead_letter ORDER BY id');
  return rows.map(({ status }) => status);
}
const untilLetters = (...statuses: readonly string[]) => eventually(async () => expect(await letters()).toEqual(statuses));

/** One dead event, and one that waits for it. */
async function oneIsDead(): Promise<void> {
  priceList.poison.add(1);
  await priceList.publish(1, 2);
  await untilLetters('dead', 'parked');
}

describe('a replica', () => {
  it('is listed with what is missing in it', async () => {
    expect(await shown()).toEqual({ name: 'prices', state: 'ready', gaps: 3, actions: [] });
  });

  it('is rebuilt in the background, which is recorded with who asked for it and why', async () => {
    await priceList.publish(1, 2);
    await eventually(() => expect(priceList.handled).toEqual([1, 2]));
    const gate = Promise.withResolvers<void>();
    priceList.prices.gates.set(2, gate.promise);
    expect((await ask()).json()).toMatchObject({ state: 'rebuilding', progress: { handled: 0, skipped: 0 } });
    expect((await ask()).json()).toMatchObject({ status: 409, code: 'REBUILD_RUNNING' });
    gate.resolve();
    const { rebuiltAt, actions } = await untilReady();
    expect(rebuiltAt).toEqual(expect.any(String));
    expect(actions).toMatchObject([
      { action: 'replica.rebuilt', actor: 'olga', reason: '2 events applied, 0 skipped' },
      { action: 'replica.rebuild', actor: 'olga', reason: note.reason },
    ]);
    expect(priceList.handled).toEqual([1, 2, 1, 2]);
  });

  it('is shown as failed if the process ended during its rebuild', async () => {
    await priceList.app
      .get(Database)
      .query(
        `INSERT INTO operator_action (actor, is_verified, action, subject) VALUES ('olga', false, 'replica.rebuild', 'replica/prices')`,
      );
    expect(await shown()).toMatchObject({ state: 'failed' });
  });

  it('is not rebuilt from another machine, nor if it does not exist', async () => {
    expect((await ask('192.0.2.7')).json()).toMatchObject({ status: 403, code: 'OPERATIONS_CLOSED' });
    expect((await ask('127.0.0.1', 'fish')).json()).toMatchObject({ status: 404, code: 'REPLICA_NOT_FOUND' });
    expect((await shown()).actions).toEqual([]);
  });
});

describe('a rebuild', () => {
  it('discards the dead letters of the events that it has applied', async () => {
    await oneIsDead();
    priceList.poison.clear();
    await ask();
    await untilReady();
    expect([priceList.handled, await letters()]).toEqual([
      [1, 2],
      ['discarded', 'discarded'],
    ]);
    const letter = (await priceList.app.inject('/operations/dead-letters/1')).json<{ actions: object[] }>();
    expect(letter.actions).toMatchObject([
      { action: 'dead-letter.discard', actor: 'olga', reason: `superseded by a rebuild of prices: ${note.reason}` },
    ]);
    await priceList.publish(3);
    await eventually(() => expect(priceList.handled).toEqual([1, 2, 3]));
  });

  it('keeps the dead letter of an event that it cannot apply either', async () => {
    await oneIsDead();
    await ask();
    const { actions } = await untilReady();
    expect(actions[0]?.reason).toBe('1 event applied, 1 skipped');
    await untilLetters('dead', 'discarded');
    priceList.poison.clear();
    await priceList.app.inject({ method: 'POST', url: '/operations/dead-letters/1/redrive', payload: note });
    await untilLetters('redriven', 'discarded');
    expect(priceList.handled).toEqual([2, 1]);
  });

  it('discards a dead letter that is stored before the event is read', async () => {
    await priceList.publish(1);
    await eventually(() => expect(priceList.handled).toEqual([1]));
    const gate = Promise.withResolvers<void>();
    priceList.prices.gates.set(1, gate.promise);
    await ask();
    priceList.prices.poisonUnlessReplayed.add(2);
    await priceList.publish(2);
    await untilLetters('dead');
    gate.resolve();
    await untilReady();
    await untilLetters('discarded');
    expect(priceList.handled).toEqual([1, 1, 2]);
  });

  it('lets the service handle again an event whose dead letter is stored after the event was read', async () => {
    const [live, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    priceList.prices.poisonUnlessReplayed.add(2);
    priceList.prices.liveGates.set(2, live.promise);
    priceList.prices.gates.set(3, rest.promise);
    await priceList.publishOf('cap', [3]);
    await eventually(() => expect(priceList.handled).toEqual([3]));
    await priceList.publish(2);
    await ask();
    await eventually(() => expect(priceList.handled).toEqual([3, 2]));
    live.resolve();
    await untilLetters('dead');
    priceList.prices.poisonUnlessReplayed.clear();
    rest.resolve();
    await untilReady();
    await untilLetters('redriven');
    expect(priceList.handled).toEqual([3, 2, 3, 2]);
  });
});
