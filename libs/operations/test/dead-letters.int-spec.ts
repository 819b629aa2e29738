import { eventually } from '@ftgo/testing';
import { priceEvents } from '@ftgo/testing/messaging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PriceList } from './price-list.js';

let priceList: PriceList;
let handled: readonly number[];

beforeEach(async () => {
  priceList = await PriceList.start();
  ({ handled } = priceList);
});
afterEach(() => priceList.close());

interface Letter {
  readonly id: string;
  readonly status: string;
}
const listed = async (query = ''): Promise<Letter[]> =>
  (await priceList.app.inject(`/operations/dead-letters${query}`)).json<{ deadLetters: Letter[] }>().deadLetters;
const act = (path: string, payload: object = { by: 'olga', reason: 'fixed in 1.2' }, remoteAddress = '127.0.0.1') =>
  priceList.app.inject({ method: 'POST', url: `/operations/dead-letters/${path}`, payload, remoteAddress });

/** One dead event, and one that waits for it. */
async function oneIsDead(): Promise<{ dead: string; parked: string }> {
  priceList.poison.add(1);
  await priceList.publish(1, 2);
  const letters = await eventually(async () => {
    const all = await listed();
    expect(all.map(({ status }) => status)).toEqual(['dead', 'parked']);
    return all;
  });
  return { dead: letters[0]?.id ?? '', parked: letters[1]?.id ?? '' };
}

describe('an operator of a service', () => {
  it('sees its dead letters, with content and reason, one by one', async () => {
    const { dead } = await oneIsDead();
    const letter = (await priceList.app.inject(`/operations/dead-letters/${dead}`)).json<{
      payload: string;
      error: string;
      actions: unknown[];
    }>();
    expect([Buffer.from(letter.payload, 'base64').toString(), letter.error, letter.actions]).toEqual([
      '{"item":"pen","cents":1}',
      'Error: cannot handle 1',
      [],
    ]);
    expect(await listed('?status=parked')).toHaveLength(1);
    expect((await priceList.app.inject('/operations/dead-letters/99')).json()).toMatchObject({
      status: 404,
      code: 'DEAD_LETTER_NOT_FOUND',
    });
  });

  it('finds those about one thing, by a header or by the key', async () => {
    const { dead, parked } = await oneIsDead();
    const ids = async (query: string) => (await listed(`?${query}`)).map(({ id }) => id);
    expect(await ids(`key=pen&topic=${priceEvents.topic}&topic=other`)).toEqual([dead, parked]);
    expect(await ids('key=pen&topic=other')).toEqual([]);
    expect(await ids('header=ce_type:shop.v1.PriceChanged')).toEqual([dead, parked]);
    expect(await ids('header=ce_type:other&header=ce_sagaid:s1')).toEqual([]);
    expect((await priceList.app.inject('/operations/dead-letters?header=ce_type')).statusCode).toBe(400);
  });

  it('redrives one after the fix, and what waited for it follows', async () => {
    const { dead } = await oneIsDead();
    priceList.poison.clear();
    expect((await act(`${dead}/redrive`)).json()).toEqual({ redriven: [dead] });
    await eventually(() => expect(handled).toEqual([1, 2]));
    const { status, actions } = (await priceList.app.inject(`/operations/dead-letters/${dead}`)).json<{
      status: string;
      actions: object[];
    }>();
    expect([status, actions]).toEqual([
      'redriven',
      [
        {
          at: expect.any(String),
          actor: 'olga',
          isVerified: false,
          action: 'dead-letter.redrive',
          subject: `dead-letter/${dead}`,
          reason: 'fixed in 1.2',
        },
      ],
    ]);
  });

  it('redrives it once, however often the request is sent', async () => {
    const { dead } = await oneIsDead();
    priceList.poison.clear();
    const answers = await Promise.all([act(`${dead}/redrive`), act(`${dead}/redrive`)]);
    expect(answers.map(({ statusCode }) => statusCode).every((status) => [200, 409].includes(status))).toBe(true);
    await eventually(() => expect(handled).toEqual([1, 2]));
    expect((await act(`${dead}/redrive`)).json()).toMatchObject({ status: 409, code: 'DEAD_LETTER_NOT_OPEN' });
    expect((await act('redrive', { by: 'olga', reason: 'fixed', handler: 'PriceHandlers.notePrice' })).json()).toEqual({ redriven: [] });
    await priceList.publish(3);
    await eventually(() => expect(handled).toEqual([1, 2, 3]));
  });

  it('redrives all of a handler', async () => {
    await oneIsDead();
    priceList.poison.clear();
    await act('redrive', { by: 'olga', reason: 'fixed', handler: 'PriceHandlers.notePrice' });
    await eventually(() => expect(handled).toEqual([1, 2]));
  });

  it('discards one, and what waited for it is handled', async () => {
    const { dead } = await oneIsDead();
    expect((await act(`${dead}/discard`)).statusCode).toBe(204);
    await eventually(() => expect(handled).toEqual([2]));
    expect((await act(`${dead}/discard`)).json()).toMatchObject({ status: 409, code: 'DEAD_LETTER_NOT_OPEN' });
  });

  it('learns why an act is impossible', async () => {
    const { dead, parked } = await oneIsDead();
    expect((await act(`${parked}/redrive`)).json()).toMatchObject({
      status: 409,
      detail: `dead letter ${parked} is parked: redrive or discard ${dead} first`,
    });
  });

  it.each([
    ['no reason', { by: 'olga' }, '/reason'],
    ['a blank name', { by: ' ', reason: 'fixed' }, '/by'],
  ])('must give a name and a reason: %s', async (_, payload, pointer) => {
    const { dead } = await oneIsDead();
    expect((await act(`${dead}/discard`, payload)).json()).toMatchObject({ status: 400, errors: [{ pointer }] });
    expect(await listed()).toHaveLength(2);
  });

  it('acts from the same machine only, and may read from any', async () => {
    const { dead } = await oneIsDead();
    const answer = await act(`${dead}/discard`, undefined, '192.0.2.7');
    expect(answer.json()).toMatchObject({
      status: 403,
      code: 'OPERATIONS_CLOSED',
      detail: expect.stringContaining('FTGO_OPERATIONS_OPEN=true'),
    });
    expect(await listed()).toHaveLength(2);
    expect((await priceList.app.inject({ url: '/operations/dead-letters', remoteAddress: '192.0.2.7' })).statusCode).toBe(200);
  });

  it('is not impersonated by a web page in a browser', async () => {
    const { dead } = await oneIsDead();
    const headers = { host: 'localhost:8081', origin: 'http://shop.example' };
    const answer = await priceList.app.inject({
      method: 'POST',
      url: `/operations/dead-letters/${dead}/discard`,
      payload: { by: 'x', reason: 'y' },
      headers,
    });
    expect(answer.json()).toMatchObject({ status: 403, code: 'FOREIGN_ORIGIN' });
    expect(await listed()).toHaveLength(2);
  });

  it('acts from any machine if the service is open to operators', async () => {
    await priceList.restart(true);
    const { dead } = await oneIsDead();
    expect((await act(`${dead}/discard`, undefined, '192.0.2.7')).statusCode).toBe(204);
  });
});
