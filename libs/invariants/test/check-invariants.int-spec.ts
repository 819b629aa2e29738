import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { checkInvariants, HttpSystem } from '../src/index.js';

/** The responses of a service, by path below /operations; a function is called with the number of earlier requests. */
type Answers = Readonly<Record<string, object | ((earlier: number) => object)>>;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const quiet: Answers = {
  'facts/messages': { sent: { retained: 0, compared: 0, repeated: 0, waiting: 0 }, received: 0, problems: [], problemCount: 0 },
  'facts/flow': { problems: [], waitedSeconds: 0, publishedSecondsAgo: 0 },
  'dead-letters': { deadLetters: [] },
};

async function serve(answers: Answers): Promise<string> {
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://localhost').pathname.replace('/operations/', '');
    const earlier = asked.get(path) ?? 0;
    asked.set(path, earlier + 1);
    const answer = { ...quiet, ...answers }[path];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(typeof answer === 'function' ? answer(earlier) : answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const order = { state: 'APPROVED', consumerId: 7, restaurantId: 3, total: 500, lines: [], version: 2 };
const orders: Answers = { facts: { about: ['orders'] }, 'facts/orders': { facts: [{ id: 17, order, sagas: [] }] } };
const held = (amount: number) => ({ facts: [{ id: 17, authorization: { state: 'AUTHORIZED', amount, accountId: 7 } }] });
const accounting = (facts: Answers[string], more: Answers = {}): Answers => ({
  facts: { about: ['orders'] },
  'facts/orders': facts,
  ...more,
});

const check = async (services: Readonly<Record<string, Answers>>, settleMs = 300) => {
  const urls = await Promise.all(Object.entries(services).map(async ([name, answers]) => [name, await serve(answers)] as const));
  return checkInvariants(new HttpSystem({ urls: Object.fromEntries(urls) }), { settleMs, everyMs: 20 });
};

describe('the check of a running system', () => {
  it('finds nothing where all agree', async () => {
    const report = await check({ 'order-service': orders, 'accounting-service': accounting(held(500)) });
    expect(report).toMatchObject({ violations: [], inFlight: [], unknown: [], counts: { orders: 1 } });
  });

  it('reports what does not change', async () => {
    const { violations, checked } = await check({ 'order-service': orders, 'accounting-service': accounting(held(499)) });
    expect(violations).toEqual([
      {
        invariant: 'authorisations agree',
        about: 'order 17',
        what: 'is APPROVED with a total of 5.00 for consumer 7, but 4.99 is authorised on account 7',
        see: 'order show 17',
      },
    ]);
    expect(checked.find(({ invariant }) => invariant === 'authorisations agree')).toMatchObject({ compared: '1 order', violations: 1 });
  });

  it('rechecks: what agrees a moment later was in flight', async () => {
    const later = accounting((earlier: number) => held(earlier < 3 ? 499 : 500));
    expect(await check({ 'order-service': orders, 'accounting-service': later })).toMatchObject({ violations: [], inFlight: [] });
  });

  it('names what still changes as in flight', async () => {
    const changing = accounting((earlier: number) => held(earlier));
    const { violations, inFlight } = await check({ 'order-service': orders, 'accounting-service': changing });
    expect(violations).toEqual([]);
    expect(inFlight).toEqual([{ about: 'order 17', what: expect.stringMatching(/it is changing/) as string }]);
  });

  it.each([
    ['accounting-service: nothing is consumed', { problems: ['nothing is consumed'], waitedSeconds: 0 }],
    ['messages of accounting-service are not published yet', { problems: [], waitedSeconds: 0, publishedSecondsAgo: 60 }],
    ['accounting-service has not handled all messages yet', { problems: [], waitedSeconds: 60 }],
  ])('names what messages can still change as in flight: %s', async (why, flow) => {
    const behind = accounting(held(499), { 'facts/flow': flow });
    const { violations, inFlight } = await check({ 'order-service': orders, 'accounting-service': behind });
    expect(violations).toEqual([]);
    expect(inFlight).toEqual([{ about: 'order 17', what: expect.stringContaining(`(${why})`) as string }]);
  });

  it('calls what one service proves alone a violation, whatever is in flight', async () => {
    const pending = { facts: [{ id: 17, order: { ...order, state: 'APPROVAL_PENDING', version: 1 }, sagas: [] }] };
    const stopped = { ...orders, 'facts/orders': pending, 'facts/flow': { problems: ['nothing is published'], waitedSeconds: 0 } };
    const { violations } = await check({ 'order-service': stopped });
    expect(violations.map(({ what }) => what)).toEqual(['is APPROVAL_PENDING, but no create-order saga is working on it']);
  });

  it('does not compare what a service that does not respond would know', async () => {
    const broken = accounting(held(499), { facts: { unexpected: true } });
    const { violations, unknown } = await check({ 'order-service': orders, 'accounting-service': broken });
    expect([violations, unknown]).toEqual([[], [expect.stringMatching(/^accounting-service: unexpected response/)]]);
  });

  it('goes through all pages, and compares each with the same ids of the others', async () => {
    const page = (id: number, next?: number) => ({ facts: [{ id, order, sagas: [] }], next });
    const paged = { ...orders, 'facts/orders': (earlier: number) => page(17 + earlier, earlier === 0 ? 17 : undefined) };
    const { violations, counts } = await check({ 'order-service': paged, 'accounting-service': accounting({ facts: [] }) }, 0);
    expect([counts.orders, violations.map(({ about }) => about)]).toEqual([2, ['order 17', 'order 18']]);
  });
});
