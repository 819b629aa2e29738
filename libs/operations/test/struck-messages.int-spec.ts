import { randomUUID } from 'node:crypto';
import { mostStruck } from '@ftgo/messaging/operations';
import { Database } from '@ftgo/platform';
import { eventually } from '@ftgo/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PriceList } from './price-list.js';

let priceList: PriceList;
beforeEach(async () => {
  priceList = await PriceList.start();
});
afterEach(() => priceList.close());

const url = '/operations/struck-messages';
const strikeOut = (places: readonly string[], remoteAddress = '127.0.0.1') =>
  priceList.app.inject({ method: 'POST', url, payload: { by: 'olga', reason: 'forged', places }, remoteAddress });
const query = <Row>(text: string, values: unknown[] = []) => priceList.app.get(Database).query<Row>(text, values);
const untilHandled = (...cents: readonly number[]) => eventually(() => expect(priceList.handled).toEqual(cents));

async function rebuild(): Promise<void> {
  const payload = { by: 'olga', reason: 'forged' };
  await priceList.app.inject({ method: 'POST', url: '/operations/replicas/prices/rebuild', payload });
  await eventually(async () => {
    const { replicas } = (await priceList.app.inject('/operations/replicas')).json<{ replicas: [{ state: string }] }>();
    expect(replicas[0].state).toBe('ready');
  });
}

describe('a message that an operator has struck out', () => {
  it('is left out of every rebuild, and listed with who struck it out, when and why', async () => {
    await priceList.publish(250);
    const place = await priceList.forge(1);
    await priceList.publish(300);
    await untilHandled(250, 1, 300);
    const struck = {
      id: expect.any(String) as string,
      place,
      subject: 's',
      by: 'olga',
      reason: 'forged',
      at: expect.any(String) as string,
    };
    expect((await strikeOut([place])).json()).toEqual({ messages: [struck] });
    for (const _time of ['once', 'again']) await rebuild();
    expect(priceList.handled).toEqual([250, 1, 300, 250, 300, 250, 300]);
    const { messages } = (await priceList.app.inject(url)).json<{ messages: object[] }>();
    expect(messages).toEqual([{ ...struck, rebuiltAt: expect.any(String) as string }]);
    expect(await query(`SELECT actor, reason FROM operator_action WHERE action = 'message.strike-out'`)).toEqual([
      { actor: 'olga', reason: 'forged' },
    ]);
  });

  it('is struck out once, however often the request is sent', async () => {
    const place = await priceList.forge(1);
    const first = (await strikeOut([place])).json<object>();
    expect((await strikeOut([place, place])).json()).toEqual(first);
    expect(await query(`SELECT FROM operator_action WHERE action = 'message.strike-out'`)).toHaveLength(1);
  });

  it('is not handled when it is delivered again, although the inbox has forgotten it', async () => {
    const id = randomUUID();
    const place = await priceList.forge(1, id);
    await untilHandled(1);
    await strikeOut([place]);
    await query('DELETE FROM inbox');
    await priceList.forge(1, id);
    await priceList.publish(2);
    await untilHandled(1, 2);
  });

  it('leaves another message with the same id in rebuilds', async () => {
    const id = randomUUID();
    const real = await priceList.forge(250, id);
    await priceList.forge(1, id);
    await priceList.publish(300);
    await untilHandled(250, 300);
    expect(real).toMatch(/\/0$/);
    await strikeOut([real.replace(/\/0$/, '/1')]);
    await rebuild();
    expect(priceList.handled).toEqual([250, 300, 250, 300]);
  });

  it('has no dead letter any more, and nothing waits for it', async () => {
    priceList.poison.add(1);
    const place = await priceList.forge(1);
    await priceList.publish(2);
    await eventually(async () => expect(await query('SELECT FROM dead_letter')).toHaveLength(2));
    await strikeOut([place]);
    await untilHandled(2);
    expect(await query('SELECT status FROM dead_letter ORDER BY id LIMIT 1')).toEqual([{ status: 'discarded' }]);
  });
});

describe('striking out', () => {
  it('is rejected for places where no event is that the service reads, and from another machine', async () => {
    const place = await priceList.forge(1);
    const [topic = ''] = place.split('/');
    const answers = [[`${topic}/0/99`], [`orders/0/0`], [topic], []].map(async (places) => (await strikeOut(places)).json<object>());
    expect(await Promise.all(answers)).toMatchObject([
      { status: 404, code: 'MESSAGE_NOT_FOUND', detail: `message ${topic}/0/99 not found: the topic has no record there` },
      {
        status: 404,
        code: 'MESSAGE_NOT_FOUND',
        detail: expect.stringContaining(`price-list handles no events of orders; expected a place in ${topic}`) as string,
      },
      { status: 400, errors: [{ pointer: '/places/0' }] },
      { status: 400, errors: [{ pointer: '/places' }] },
    ]);
    expect((await strikeOut([place], '192.0.2.7')).json()).toMatchObject({ status: 403, code: 'OPERATIONS_CLOSED' });
    expect((await priceList.app.inject(url)).json()).toEqual({ messages: [] });
  });

  it('is limited, since rebuilds keep the messages in memory', async () => {
    await query(
      `INSERT INTO struck_message (message_id, digest, topic, partition, position, subject, struck_by, reason)
        SELECT gen_random_uuid(), '', '', 0, '', '', '', '' FROM generate_series(1, $1)`,
      [mostStruck],
    );
    expect((await strikeOut([await priceList.forge(1)])).json()).toMatchObject({ status: 422, code: 'TOO_MANY_STRUCK_MESSAGES' });
  });
});
