import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';

const quiet = { sent: { retained: 3, compared: 3, repeated: 0, waiting: 0 }, received: 0, problems: [], problemCount: 0 };
const order = { state: 'CANCEL_PENDING', consumerId: 7, restaurantId: 3, total: 500, lines: [], version: 3 };

/** order-service, as far as /operations is concerned. */
const answers: Readonly<Record<string, object>> = {
  '/operations/facts': { about: ['orders'] },
  '/operations/facts/orders': { facts: [{ id: 17, order, sagas: [] }] },
  '/operations/facts/messages': quiet,
  '/operations/facts/flow': { problems: [], waitedSeconds: 0 },
  '/operations/dead-letters': { deadLetters: [] },
};

let orders: Server;
let gateway: ApiGatewayUnderTest;

beforeAll(async () => {
  orders = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers[new URL(request.url ?? '', 'http://localhost').pathname]));
  });
  await new Promise<void>((resolve) => orders.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(orders.address() as AddressInfo).port}`;
  gateway = await startApiGateway({ serviceUrls: { 'order-service': url, 'kitchen-service': 'http://127.0.0.1:1' } });
});
afterAll(async () => {
  await gateway?.close();
  orders?.close();
});

describe('GET /operations/invariants', () => {
  it('compares what the services serve, and names those that do not respond', async () => {
    const answer = await gateway.get('/operations/invariants?settle=0');
    expect([answer.statusCode, answer.json()]).toMatchObject([
      200,
      {
        violations: [
          {
            invariant: 'orders end',
            about: 'order 17',
            what: 'is CANCEL_PENDING, but no cancel-order saga is working on it',
            see: 'order show 17',
          },
        ],
        inFlight: [],
        unknown: [expect.stringMatching(/^kitchen-service: does not respond/)],
        counts: { orders: 1, sent: 3 },
      },
    ]);
  });

  it('responds to several requests, one check after the other', async () => {
    const asked = await Promise.all([1, 2].map(() => gateway.get('/operations/invariants?settle=0')));
    expect(asked.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
  });

  it('rejects an invalid time', async () => {
    expect((await gateway.get('/operations/invariants?settle=61')).json()).toMatchObject({ status: 400, errors: [{ pointer: '/settle' }] });
  });
});
