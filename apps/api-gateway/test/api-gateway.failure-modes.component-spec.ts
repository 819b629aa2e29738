import { toBinary } from '@bufbuild/protobuf';
import { plainCodec } from '@ftgo/contracts/common';
import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { sagaExample } from '@ftgo/operations/representations';
import { eventually, type Fault, type FaultyServer, faults, faultyServer } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { ticket } from './examples.js';
import { playAll } from './services.js';

const callDeadlineMs = 1_000;
/** Longer than any test: one in which the gateway waited for the late response would fail. */
const lateMs = 600_000;

const modes = Object.keys(faults).filter((fault) => fault !== 'none') as Fault[];

describe('a service behind the gateway that fails in one of the five ways, over gRPC', () => {
  let kitchen: FaultyServer;
  let gateway: ApiGatewayUnderTest;

  beforeAll(async () => {
    const { output } = KitchenServiceApi.method.getTicket;
    const correct = toBinary(output, plainCodec(output).toMessage({ ticket }));
    // The ticket is missing.
    kitchen = await faultyServer({ protocol: 'grpc', correct, wrong: Buffer.alloc(0), lateMs });
    const services = await playAll();
    await services.kitchen.close();
    services.kitchen = { url: `127.0.0.1:${kitchen.port}`, port: kitchen.port, close: () => kitchen.close() };
    gateway = await startApiGateway({ callDeadlineMs, services });
    // Connects to the services: on a busy machine, the first call takes longer than the deadline.
    for (const url of ['/orders/17', '/consumers/7']) await eventually(async () => expect((await gateway.get(url)).statusCode).toBe(200));
  });
  afterEach(async () => {
    await kitchen.repair();
    await eventually(async () => expect((await gateway.get('/tickets/17')).statusCode).toBe(200));
  });
  afterAll(() => gateway?.close());

  /** A wrong value is an error of the service (500); everything else shows that it is unavailable for the moment (503). */
  const statusOf = (fault: Fault): number[] => {
    if (fault === 'response' || fault === 'arbitrary content') return [500];
    return fault.startsWith('arbitrary') ? [500, 503] : [503];
  };

  it.each(modes)('%s: its own routes return a problem without waiting for it, and orders are shown without its part', async (fault) => {
    expect((await gateway.get('/tickets/17')).statusCode).toBe(200);
    await kitchen.fail(fault);
    const [own, order, other] = await Promise.all([gateway.get('/tickets/17'), gateway.get('/orders/17'), gateway.get('/consumers/7')]);

    expect(statusOf(fault)).toContain(own.statusCode);
    expect(own.headers['content-type']).toContain('application/problem+json');
    if (own.statusCode === 503) expect(own.headers['retry-after']).toBe('1');
    expect([order.statusCode, order.json()]).toMatchObject([200, { orderInfo: { state: 'APPROVED' }, unavailable: ['ticket'] }]);
    expect(other.statusCode).toBe(200);
  });
});

describe('a service behind the gateway that fails in one of the five ways, over HTTP', () => {
  let order: FaultyServer;
  let kitchen: FaultyServer;
  let gateway: ApiGatewayUnderTest;

  beforeAll(async () => {
    const settings = { protocol: 'http', lateMs, wrong: Buffer.from('{"sagas":[{"id":7}]}') } as const;
    order = await faultyServer({ ...settings, correct: Buffer.from(JSON.stringify({ sagas: [sagaExample] })) });
    kitchen = await faultyServer({ ...settings, correct: Buffer.from('{"sagas":[]}') });
    const urlOf = ({ port }: FaultyServer) => `http://127.0.0.1:${port}`;
    gateway = await startApiGateway({ callDeadlineMs, serviceUrls: { 'order-service': urlOf(order), 'kitchen-service': urlOf(kitchen) } });
  });
  afterEach(() => kitchen.repair());
  afterAll(async () => {
    await gateway?.close();
    await Promise.all([order, kitchen].map((each) => each?.close()));
  });

  it.each(modes)('%s: it is named as unavailable and not waited for, and the others are listed', async (fault) => {
    await kitchen.fail(fault);
    const response = await gateway.get('/operations/sagas');
    expect([response.statusCode, response.json()]).toMatchObject([
      200,
      {
        sagas: [{ service: 'order-service' }],
        unavailable: [{ service: 'kitchen-service', reason: expect.stringMatching(/^(does not respond|responded (with|in) .*)$/) }],
      },
    ]);
  });
});
