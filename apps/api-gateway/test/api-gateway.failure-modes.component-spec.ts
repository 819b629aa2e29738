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
const lateMs = 120_000;
/** Between the deadline and the late response, and far from both, for a busy machine. */
const limitMs = 60_000;

const modes = Object.keys(faults).filter((fault) => fault !== 'none') as Fault[];

/** The response and how long it took. */
async function timed<Response>(request: () => Promise<Response>): Promise<{ response: Response; tookMs: number }> {
  const startedAt = performance.now();
  const response = await request();
  return { response, tookMs: performance.now() - startedAt };
}

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

  it.each(modes)('%s: its own routes return a problem by the deadline, and an order is shown without its part', async (fault) => {
    expect((await gateway.get('/tickets/17')).statusCode).toBe(200);
    await kitchen.fail(fault);
    const [own, order, other] = await Promise.all([
      timed(() => gateway.get('/tickets/17')),
      timed(() => gateway.get('/orders/17')),
      gateway.get('/consumers/7'),
    ]);

    expect(statusOf(fault)).toContain(own.response.statusCode);
    expect(own.response.headers['content-type']).toContain('application/problem+json');
    if (own.response.statusCode === 503) expect(own.response.headers['retry-after']).toBe('1');
    expect(own.tookMs).toBeLessThan(limitMs);
    expect([order.response.statusCode, order.response.json()]).toMatchObject([
      200,
      { orderInfo: { state: 'APPROVED' }, unavailable: ['ticket'] },
    ]);
    expect(order.tookMs).toBeLessThan(limitMs);
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

  it.each(modes)('%s: it is named as unavailable by the deadline, and the others are listed', async (fault) => {
    await kitchen.fail(fault);
    const { response, tookMs } = await timed(() => gateway.get('/operations/sagas'));
    expect([response.statusCode, response.json()]).toMatchObject([
      200,
      {
        sagas: [{ service: 'order-service' }],
        unavailable: [{ service: 'kitchen-service', reason: expect.stringMatching(/^(does not respond|responded (with|in) .*)$/) }],
      },
    ]);
    expect(tookMs).toBeLessThan(limitMs);
  });
});
