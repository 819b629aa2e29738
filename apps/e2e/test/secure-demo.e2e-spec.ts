import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { placeDemoOrder } from '@ftgo/runner/demo';
import { signIn } from '@ftgo/runner/sign-in';
import { fromSource, repository } from '@ftgo/runner/workspace';
import { confirmDevice, startSystem, type TestSystem } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ftgoCli } from './cli.js';
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

  /** `ftgo login`: an operator opens the page that it prints. */
  async function login(environment: NodeJS.ProcessEnv): Promise<void> {
    const program = [...fromSource, join(repository, 'apps/cli/src/main.ts'), 'login'];
    const child = spawn(process.execPath, program, { cwd: repository, env: { PATH: process.env['PATH'], ...environment } });
    const exited = once(child, 'exit');
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    await confirmDevice(/http\S+/.exec(line)![0], { name: 'olga', password: ftgo.security!.own!.password });
    expect(await exited).toEqual([0, null]);
  }

  it('lets an operator use the CLI after signing in with a browser', async () => {
    const environment = { FTGO_HOME: ftgo.environment('order-service')['FTGO_HOME'] };
    const replicas = () => ftgoCli(environment, 'replica', 'list', 'order-service');
    const republish = () => ftgoCli(environment, 'outbox', 'republish', 'order-service', '--reason', 'a test');
    expect((await republish()).error).toMatch(/order-service: .*access token.*; sign in: npm run ftgo -- login/);
    await login(environment);
    expect(await republish()).toMatchObject({ code: 0, error: '' });
    expect(await replicas()).toMatchObject({ code: 0, error: '' });
  });

  it('does not start in production with security off, and reports everything that is missing', async () => {
    const refused = await ftgo
      .startSecond('order-service', { FTGO_ENV: 'production', FTGO_SECURITY: 'off', FTGO_OIDC_AUDIENCE: '' })
      .catch((error: Error) => error.message);
    expect(refused).toMatch(/FTGO_SECURITY is invalid \(off in production\)[\s\S]*FTGO_OIDC_ISSUER is invalid \(not https\)/);
    expect(refused).toMatch(/FTGO_OIDC_AUDIENCE is missing/);
  });
});
