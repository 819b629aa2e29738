import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { load } from '../load.js';
import { Measures } from '../measures.js';
import { optionsIn } from '../options.js';
import { summary } from '../report.js';
import { Requests } from '../requests.js';
import { PlayedGateway } from './played-gateway.js';

let gateway: PlayedGateway;

beforeEach(async () => {
  gateway = await PlayedGateway.start();
});

afterEach(() => gateway.close());

const loadWith = (args: readonly string[], report: (line: string) => void = () => undefined) => {
  const options = optionsIn(['--for', '2s', '--arrivals', 'constant', '--seed', '1', '--consumers', '3', ...args]);
  return load(options, { gateway: gateway.url, cpu: () => Promise.resolve(undefined) }, report, 2_000);
};
const run = (...args: readonly string[]) => loadWith(args);
/** The number of orders of the preparation. */
const prepared = 10;

describe('a load', () => {
  it('counts what the system has received, by request', async () => {
    const { orders, latencies, notEnded, ordersOfSetUp } = await run('--rate', '50', '--mix', 'cancel=20,revise=10,deliver=40');
    const received = (what: string) => gateway.received.get(what) ?? 0;
    expect(gateway.orders.size).toBe(orders.accepted + ordersOfSetUp);
    expect(orders).toMatchObject({ due: 99, accepted: 99, approved: 99, rejected: 0, unanswered: 0 });
    expect(notEnded).toEqual([]);
    expect([orders.cancelled, orders.revised, orders.delivered]).toEqual(
      ['POST /orders/{id}/cancel', 'POST /orders/{id}/revise', 'POST /deliveries/{id}/dropoff'].map(received),
    );
    expect(orders.delivered).toBeGreaterThan(30);
    for (const what of ['GET /orders/{id}', 'PUT /restaurants/{id}/menu', 'POST /deliveries/{id}/pickup']) {
      expect(latencies[what]?.count, what).toBe(received(what) - (what === 'GET /orders/{id}' ? ordersOfSetUp : 0));
    }
  });

  it('sends the headers that identify the sender with every request', async () => {
    const options = optionsIn(['--rate', '5', '--for', '1s', '--consumers', '1']);
    const headers = () => Promise.resolve({ authorization: 'Bearer of an operator' });
    await load(options, { gateway: gateway.url, headers, cpu: () => Promise.resolve(undefined) }, () => undefined, 2_000);
    expect([...gateway.authorizations]).toEqual(['Bearer of an operator']);
  });

  it('reports errors by request and code, and continues', async () => {
    gateway.plan = (what, nth) => {
      if (what === 'POST /orders' && nth > prepared && nth % 5 === 0) return { status: 422, code: 'ORDER_MINIMUM_NOT_MET' };
      if (what === 'POST /orders' && nth > prepared && nth % 5 === 1) return 'reset';
      if (what === 'POST /orders' && nth > prepared && nth % 5 === 2) return 'rejects';
      return what === 'POST /orders/{id}/cancel' ? { status: 409, code: 'ILLEGAL_TRANSITION' } : undefined;
    };
    const result = await run('--rate', '50', '--mix', 'cancel=100,revise=0,deliver=0,read=0');
    const { orders, errors, rejections, notEnded } = result;
    expect(errors['POST /orders']).toEqual({ ORDER_MINIMUM_NOT_MET: 19, 'no response: UND_ERR_SOCKET': 20 });
    expect(errors['POST /orders/{id}/cancel']).toEqual({ ILLEGAL_TRANSITION: orders.approved });
    expect(rejections).toEqual({ CREDIT_LIMIT_EXCEEDED: orders.rejected });
    expect(orders).toMatchObject({ due: 99, accepted: 60, unanswered: 20, cancelled: 0 });
    expect(notEnded).toEqual([]);
    expect(summary(result)).toMatch(/POST \/orders .*ORDER_MINIMUM_NOT_MET .* 19 /);
  });

  it('reports a response without a code by its status, and one that is not JSON', async () => {
    gateway.plan = (what, nth) => {
      if (what === 'PUT /restaurants/{id}/menu') return { status: 502 };
      return what === 'POST /consumers' && nth > 3 ? { status: 200 } : undefined;
    };
    const { errors } = await run('--rate', '10', '--mix', 'menu=100,consumer=50,read=0,history=0,restaurant=0,courier=0');
    expect(errors).toEqual({ 'PUT /restaurants/{id}/menu': { HTTP_502: 19 }, 'POST /consumers': { INVALID_JSON: 9 } });
  });

  it('sends requests at their times while earlier ones have no response', async () => {
    let waiting = 0;
    let release: () => void = () => undefined;
    const manyWait = new Promise<void>((resolve) => (release = resolve));
    const isPrepared = () => (gateway.received.get('POST /orders') ?? 0) > prepared;
    gateway.beforeOrder = async () => {
      if (isPrepared() && ++waiting === 60) release();
      if (isPrepared()) await manyWait;
    };
    const { orders } = await run('--rate', '50', '--mix', 'read=0');
    expect(orders).toMatchObject({ due: 99, accepted: 99 });
  });

  it('counts the requests that it could not start because too many were in flight', async () => {
    let waiting = 0;
    let release: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (release = resolve));
    gateway.beforeOrder = async () => {
      if ((gateway.received.get('POST /orders') ?? 0) <= prepared) return;
      waiting++;
      await end;
    };
    const onlyOrders = 'read=0,history=0,consumer=0,restaurant=0,menu=0,courier=0';
    const { orders, notStarted } = await loadWith(['--rate', '50', '--in-flight', '15', '--mix', onlyOrders], (line) => {
      if (line.includes(' 2 s ')) release();
    });
    expect(waiting).toBeLessThan(99);
    expect(orders.accepted).toBe(waiting);
    expect(notStarted['POST /orders']).toBe(99 - waiting);
  });

  it('names the accepted orders that have not ended', async () => {
    gateway.plan = (what, nth) => (what === 'POST /orders' && nth === prepared + 3 ? 'never-ends' : undefined);
    const result = await run('--rate', '5', '--mix', 'read=0');
    const [stuck] = [...gateway.orders].find(([, { state }]) => state === 'APPROVAL_PENDING') ?? [];
    expect(result.notEnded).toEqual([{ orderId: stuck, state: 'APPROVAL_PENDING' }]);
    expect(summary(result)).toContain(
      `1 of ${result.orders.accepted} accepted orders has not ended:\n  order ${stuck} is APPROVAL_PENDING`,
    );
  });

  it('reports the invariants that do not hold after it', async () => {
    gateway.invariants = {
      violations: [{ invariant: 'orders end', about: 'order 17', what: 'is REVISION_PENDING' }],
      unknown: [],
      notes: [],
    };
    const result = await run('--rate', '1', '--mix', 'read=0');
    expect(result.invariants.violations).toEqual(['orders end: order 17: is REVISION_PENDING']);
    expect(summary(result)).toContain('invariants that do not hold:\n  orders end: order 17: is REVISION_PENDING\n');
  });

  it('reports what was compared only in part', async () => {
    gateway.invariants = { violations: [], unknown: [], notes: ['only the newest 50000 of 60000 messages were compared'] };
    const result = await run('--rate', '1', '--mix', 'read=0');
    expect(summary(result)).toMatch(/every invariant holds\n {2}only the newest 50000 of 60000 messages were compared$/);
  });

  it.each([
    ['rejects the comparison', { status: 503 }, 'returned HTTP 503'],
    ['does not respond to it', 'reset', 'fetch failed'],
  ] as const)('does not claim that invariants hold if the gateway %s', async (_, plan, reason) => {
    gateway.plan = (what) => (what === 'GET /operations/invariants' ? plan : undefined);
    const result = await run('--rate', '1', '--mix', 'read=0');
    expect(result.invariants).toEqual({ violations: [], unknown: [expect.stringContaining(reason)], notes: [] });
    expect(summary(result)).toMatch(/no violation found, but not everything could be checked:\n {2}http/);
  });
});

it('the latency of a request begins at the time at which it was due, however late it is sent', async () => {
  const measures = new Measures();
  const requests = new Requests({ gateway: gateway.url }, 1, measures);
  await requests.send({ what: 'late', method: 'GET', path: '/' }, performance.now() - 5_000);
  expect(measures.latenciesByKind['late']?.p50Ms).toBeGreaterThanOrEqual(5_000);
});
