import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { placeDemoOrder } from '@ftgo/runner/demo';
import { signIn } from '@ftgo/runner/sign-in';
import { fromSource, repository } from '@ftgo/runner/workspace';
import { confirmDevice, startSystem, type TestSystem } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ftgoCli, runTool } from './cli.js';
import { orderRequest } from './ftgo.js';
import { call } from './http.js';

describe('npm start -- --secure', () => {
  let ftgo: TestSystem;
  beforeAll(async () => {
    ftgo = await startSystem({ env: { FTGO_SECURITY: 'on' } });
  });
  afterAll(() => ftgo?.close());

  it('places the demo order, each step with the token of the person who takes it', async () => {
    const lines: string[] = [];
    await expect(placeDemoOrder(ftgo.endpoints, (line) => lines.push(line), ftgo.security)).resolves.toBeTypeOf('number');
    expect(lines.join('\n')).toMatch(/order 1: APPROVED, total 61.70[\s\S]*delivery 1: DELIVERED[\s\S]*the history of consumer 1 shows it/);
  });

  it('shows the order to its consumer, with the parts of other services, and to no one without a token', async () => {
    const { issuer, own } = ftgo.security!;
    const token = await signIn(issuer, { name: 'ada', password: own!.password });
    const url = `${ftgo.urls['api-gateway']}/orders/1`;
    const order = await call('GET', url, undefined, { authorization: `Bearer ${token}` });
    expect(order).toMatchObject({ status: 200, body: { ticketInfo: { state: 'PICKED_UP' }, deliveryInfo: { state: 'DELIVERED' } } });
    expect(order.body).not.toHaveProperty('unavailable');
    const closed = await call('GET', url);
    expect([closed.status, closed.headers.get('www-authenticate'), closed.body]).toEqual([
      401,
      'Bearer',
      expect.objectContaining({ code: 'UNAUTHENTICATED' }),
    ]);
  });

  it('lets its consumer revise and cancel an order, which needs every topic of Kafka', async () => {
    const { issuer, own } = ftgo.security!;
    const headers = { authorization: `Bearer ${await signIn(issuer, { name: 'ada', password: own!.password })}`, prefer: 'wait=10' };
    const post = (path: string, body: object) => call('POST', `${ftgo.urls['api-gateway']}/orders${path}`, body, headers);
    const placed = await post('', orderRequest({ consumerId: 1, restaurantId: 1 }));
    const { orderId } = placed.body as { orderId: number };
    const revision = { revisedOrderLineItems: [{ menuItemId: '1', quantity: 2 }] };
    expect(await post(`/${orderId}/revise`, revision)).toMatchObject({ status: 200, body: { state: 'APPROVED' } });
    expect(await post(`/${orderId}/cancel`, {})).toMatchObject({ status: 200, body: { state: 'CANCELLED' } });
  });

  it('connects every process to Kafka as a user of its own, with all permissions that it needs', () => {
    const names = Object.keys(ftgo.urls).filter((name) => name !== 'identity-service');
    const userOf = (name: string) => (name === 'outbox-relay' ? '{service}-relay' : name);
    const hasKafka = ftgo.broker.kind === 'kafka';
    for (const name of names) {
      expect([name, ftgo.environment(name)['FTGO_KAFKA_USERNAME']]).toEqual([name, hasKafka ? userOf(name) : undefined]);
      expect(ftgo.everythingLogged(name)).not.toContain('does not permit');
    }
  });

  it('serves health, metrics and operators of every app at a port of its own, and at no other', async () => {
    const statusAt = async (url: string) => (await fetch(url).catch(() => ({ status: 'closed' }))).status;
    const descriptions = ['/openapi.json', '/swagger-ui/index.html', '/operations/outbox'];
    for (const [name, url] of Object.entries(ftgo.urls)) {
      const isRelay = name === 'outbox-relay';
      const closed = isRelay ? 'closed' : 404;
      const open = name === 'identity-service' ? ['/health/live', '/health/ready'] : ['/health/live', '/health/ready', '/metrics'];
      for (const path of open) expect([name, path, await statusAt(`${ftgo.management[name]}${path}`)]).toEqual([name, path, 200]);
      for (const path of [...open, ...descriptions]) expect([name, path, await statusAt(`${url}${path}`)]).toEqual([name, path, closed]);
      const protectedPaths = isRelay ? ['/operations/relay'] : descriptions;
      const expected = name === 'identity-service' ? 404 : 401;
      for (const path of protectedPaths)
        expect([name, path, await statusAt(`${ftgo.management[name]}${path}`)]).toEqual([name, path, expected]);
    }
  });

  /** `ftgo login`: an operator opens the page that it prints. */
  async function login(environment: NodeJS.ProcessEnv): Promise<void> {
    const program = [...fromSource, join(repository, 'apps/cli/src/main.ts'), 'login'];
    const child = spawn(process.execPath, program, { cwd: repository, env: { PATH: process.env['PATH'], ...environment } });
    const exited = once(child, 'exit');
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    await confirmDevice(/http\S+/.exec(line)![0], { name: 'olga', password: ftgo.security!.own!.password });
    expect(await exited).toEqual([0, null]);
  }

  const operatorEnvironment = () => ({ FTGO_HOME: ftgo.environment('order-service')['FTGO_HOME'] });

  it('lets an operator use the CLI after signing in with a browser', async () => {
    const environment = operatorEnvironment();
    const replicas = () => ftgoCli(environment, 'replica', 'list', 'order-service');
    const republish = () => ftgoCli(environment, 'outbox', 'republish', 'order-service', '--reason', 'a test');
    expect((await republish()).error).toMatch(/order-service: .*access token.*; sign in: npm run ftgo -- login/);
    await login(environment);
    expect(await republish()).toMatchObject({ code: 0, error: '' });
    expect(await replicas()).toMatchObject({ code: 0, error: '' });
    expect(await ftgoCli(environment, 'relay', 'status')).toMatchObject({ code: 0, error: '' });
  });

  it('shows an order to an operator with everything that belongs to it', async () => {
    const { code, out, error } = await ftgoCli(operatorEnvironment(), 'order', 'show', '1');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toMatch(
      /^order +1 {2}APPROVED {2}61\.70 {2}consumer 1 {2}restaurant 1\nticket +PICKED_UP\ndelivery +DELIVERED\nauthorisation +CAPTURED 61\.70\n/,
    );
    expect(out).toMatch(/\nsaga +create-order[^]*\nstatus +COMPLETED/);
    expect(out).toMatch(/\nwhy +Not stuck: the order is APPROVED, its ticket PICKED_UP, its delivery DELIVERED\.\n$/);
    expect(out).not.toContain('unknown');
  });

  it('lets npm run load and npm run postman send requests, as its operator', async () => {
    const environment = { FTGO_HOME: ftgo.environment('order-service')['FTGO_HOME'] };
    const [load, postman] = await Promise.all([
      runTool(environment, 'benchmarks/load/main.ts', '--rate', '5', '--for', '1s', '--consumers', '1'),
      runTool(environment, 'tools/postman/main.ts', '--folder', 'Start here'),
    ]);
    expect([load.code, load.error, load.out]).toEqual([0, '', expect.stringMatching(/no errors[\s\S]*every invariant holds/)]);
    expect([postman.code, postman.error]).toEqual([0, '']);
  });

  it('does not start in production with security off, and reports everything that is missing', async () => {
    const refused = await ftgo
      .startSecond('order-service', { FTGO_ENV: 'production', FTGO_SECURITY: 'off', FTGO_OIDC_AUDIENCE: '' })
      .catch((error: Error) => error.message);
    expect(refused).toMatch(/FTGO_SECURITY is invalid \(off in production\)[\s\S]*FTGO_OIDC_ISSUER is invalid \(not https\)/);
    expect(refused).toMatch(/FTGO_OIDC_AUDIENCE is missing/);
  });
});
