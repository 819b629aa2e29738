import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { incomplete } from './examples.js';
import { type PlayedName, play } from './services.js';

let gateway: ApiGatewayUnderTest;
afterEach(() => gateway?.close());

const stop = async (name: PlayedName) => {
  const { port } = gateway.services[name];
  await gateway.services[name].close();
  return async () => {
    gateway.services[name] = await play(name, port);
  };
};
interface Listed {
  readonly dependencies: ReadonlyArray<{ readonly dependency: string }>;
}
const shown = async (dependency: string) =>
  (await gateway.get('/operations/dependencies')).json<Listed>().dependencies.find((each) => each.dependency === dependency);
/** An open circuit closes within a second or two. */
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000 });

describe('the services that the gateway calls', () => {
  it('are listed for operators, each with its policy as declared and configured', async () => {
    gateway = await startApiGateway({
      callDeadlineMs: 4_000,
      callPolicies: { '*': { retries: 1 }, 'kitchen-service': { retries: 0, deadlineMs: 800 } },
    });
    const { dependencies } = (await gateway.get('/operations/dependencies')).json<Listed>();
    expect(dependencies.map(({ dependency }) => dependency)).toEqual([
      'accounting-service',
      'consumer-service',
      'delivery-service',
      'kitchen-service',
      'order-history-service',
      'order-service',
      'restaurant-service',
    ]);
    const idle = { circuit: 'closed', callsInFlight: 0, callsWaiting: 0 };
    expect(await shown('kitchen-service')).toMatchObject({ ...idle, policy: { retries: 0, deadlineMs: 800, fallback: 'error' } });
    expect(await shown('restaurant-service')).toMatchObject({ ...idle, policy: { retries: 1, deadlineMs: 4_000, fallback: 'cached' } });
  });

  it('show that one is down: its circuit opens, and the gateway is ready but degraded', async () => {
    gateway = await startApiGateway();
    const restart = await stop('consumer');
    for (let call = 0; call < 3; call++) await gateway.get('/consumers/7');

    expect(await shown('consumer-service')).toMatchObject({
      circuit: 'open',
      lastFailure: { at: expect.stringMatching(/^\d{4}-.*Z$/), reason: expect.stringContaining('UNAVAILABLE') },
    });
    const health = await gateway.get('/health/ready');
    expect([health.statusCode, health.json()]).toMatchObject([
      200,
      { status: 'degraded', degraded: { dependencies: expect.stringMatching(/^consumer-service: circuit open \(14 UNAVAILABLE/) } },
    ]);
    expect((await gateway.get('/orders/17')).statusCode).toBe(200);

    await restart();
    await soon(async () => expect((await gateway.get('/consumers/7')).statusCode).toBe(200));
    expect((await gateway.get('/health/ready')).json()).toMatchObject({ status: 'up' });
  });

  it('fail requests over the configured limit at once, while others are served', async () => {
    gateway = await startApiGateway({ callPolicies: { 'delivery-service': { concurrentCalls: 1, waitingCalls: 0 } } });
    // Does not respond.
    const hanging = gateway.get(`/orders/${incomplete}`);
    await soon(async () => expect(await shown('delivery-service')).toMatchObject({ callsInFlight: 1 }));
    const rejected = await gateway.get('/deliveries/17');
    expect([rejected.statusCode, rejected.headers['retry-after']]).toEqual([503, '1']);
    expect((await gateway.get('/tickets/17')).statusCode).toBe(200);
    expect((await hanging).json()).toMatchObject({ unavailable: expect.arrayContaining(['delivery']) });
  });

  it('may be down while restaurants are read: the last response is returned with its age, until a change', async () => {
    gateway = await startApiGateway();
    const fresh = await gateway.get('/restaurants/3');
    expect(fresh.headers).not.toHaveProperty('age');
    const restart = await stop('restaurant');
    const cached = await gateway.get('/restaurants/3');
    expect([cached.statusCode, cached.headers['age'], cached.json()]).toEqual([200, expect.stringMatching(/^\d+$/), fresh.json()]);

    const change = await gateway.put('/restaurants/3/menu', { menuItems: [{ id: '1', name: 'Korma', price: '9.00' }] });
    expect([change.statusCode, (await gateway.get('/restaurants/3')).statusCode]).toEqual([503, 503]);
    await restart();
    await soon(async () => expect((await gateway.get('/restaurants/3')).headers).not.toHaveProperty('age'));
  });

  it('may be down while deliveries and couriers are read: the addresses of drop-offs are withheld', async () => {
    gateway = await startApiGateway();
    const restart = await stop('order');
    const dropOffs = async () => {
      const delivery = (await gateway.get('/deliveries/17')).json<{ courierActions: object[] }>();
      const courier = (await gateway.get('/couriers/9000000001')).json<{ plan: object[] }>();
      return [delivery.courierActions.at(-1), courier.plan.at(-1)];
    };
    const dropOffAt = (street1: string) => expect.objectContaining({ type: 'DROPOFF', address: expect.objectContaining({ street1 }) });
    expect(await dropOffs()).toEqual([dropOffAt('withheld'), dropOffAt('withheld')]);
    await restart();
    await soon(async () => expect(await dropOffs()).toEqual([dropOffAt('1 High Street'), dropOffAt('1 High Street')]));
  });
});
