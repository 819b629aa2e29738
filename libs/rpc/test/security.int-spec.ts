import { OrderServiceApi } from '@ftgo/contracts/order';
import { caller, type Principal, principalId } from '@ftgo/security';
import { TestIssuer } from '@ftgo/security/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grpcClient } from '../src/index.js';
import { order, type RunningServer, startOrderService } from './order-service.fixture.js';

describe('calls with security', () => {
  let issuer: TestIssuer;
  let server: RunningServer;
  let seen: string | undefined;
  let client: ReturnType<typeof grpcClient<typeof OrderServiceApi>>;

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    const getOrder = async () => {
      seen = caller.current && principalId(caller.current);
      return { order };
    };
    server = await startOrderService({ getOrder }, { security: issuer.settings });
    client = grpcClient(OrderServiceApi, { url: server.url, deadlineMs: 3_000 });
  });
  afterAll(async () => {
    client?.close();
    await server?.close();
    await issuer?.close();
  });

  /** Calls as a request with this token would. */
  const as = <T>(token: string, work: () => Promise<T>): Promise<T> =>
    caller.run(
      { issuer: issuer.url, subject: '', roles: new Set<string>(), claims: {}, expiresAt: new Date(), token } satisfies Principal,
      work,
    );
  const getOrder = () => client.calls.getOrder({ orderId: 17 });

  it('carry the token of the caller to the service, which admits the caller itself', async () => {
    await as(await issuer.token({ sub: 'ada', roles: ['consumer'] }), getOrder);
    expect(seen).toBe(`${issuer.url}|ada`);
  });

  it('are rejected without a valid token, and with another role', async () => {
    const invalid = [issuer.unsignedToken({ roles: ['consumer'] }), await issuer.token({ roles: ['consumer'], expiresIn: -60 }), 'garbage'];
    await expect(getOrder()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', kind: 'unauthenticated' });
    for (const token of invalid) await expect(as(token, getOrder)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const courier = await issuer.token({ roles: ['courier'] });
    await expect(as(courier, getOrder)).rejects.toMatchObject({ code: 'ROLE_REQUIRED', kind: 'forbidden' });
  });

  it('are rejected if the method does not state who may call it', async () => {
    const { consumerId, restaurantId, deliveryAddress, deliveryTime } = order;
    const request = { consumerId, restaurantId, deliveryAddress, deliveryTime, lineItems: [{ menuItemId: '1', quantity: 1 }] };
    const operator = await issuer.token({ roles: ['operator', 'consumer', 'service'] });
    const created = as(operator, () => client.calls.createOrder(request));
    await expect(created).rejects.toMatchObject({ code: 'ACCESS_UNDECIDED', kind: 'forbidden' });
  });

  it('admit a stream like a call, and end it when the token expires', async () => {
    const watch = async () => {
      const stream = client.calls.watchOrder({ orderId: 17, afterVersion: 0 });
      for await (const { order: watched } of stream) seen = `${seen} ${watched.version}`;
    };
    const tokens = [await issuer.token({ roles: ['courier'] }), issuer.unsignedToken({ roles: ['consumer'] })];
    await expect(watch()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(as(tokens[0]!, watch)).rejects.toMatchObject({ code: 'ROLE_REQUIRED' });
    await expect(as(tokens[1]!, watch)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const brief = await issuer.token({ sub: 'ada', roles: ['consumer'], expiresIn: 1 });
    await expect(as(brief, watch)).rejects.toMatchObject({ name: 'DependencyUnavailable' });
    expect(seen).toBe(`${issuer.url}|ada 2`);
  });

  it('fail as unavailable, rather than being admitted, while the keys of the issuer are unknown', async () => {
    const own = await TestIssuer.start();
    const second = await startOrderService({}, { security: own.settings });
    const its = grpcClient(OrderServiceApi, { url: second.url, deadlineMs: 3_000 });
    own.setDown(true);
    await expect(as(await own.token({ roles: ['consumer'] }), () => its.calls.getOrder({ orderId: 17 }))).rejects.toMatchObject({
      name: 'DependencyUnavailable',
    });
    its.close();
    await second.close();
    await own.close();
  });
});
