import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { signIn } from '@ftgo/runner/sign-in';
import { caller, Gate, type Principal, ServiceAccount } from '@ftgo/security';
import { confirmDevice, eventually, ownedFolder } from '@ftgo/testing';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endProcesses, type IdentityProcess, password, secretOfGateway, spawnIdentity, startIdentity } from './identity-process.js';

const everyRole = ['consumer', 'restaurant', 'courier', 'operator', 'service'] as const;

describe('the identity service', () => {
  let identity: IdentityProcess;
  let gate: Gate;
  const folder = ownedFolder();
  const accountsFile = join(folder, 'accounts.json');
  const principalOf = async (token: string): Promise<Principal> => (await gate.admit(`Bearer ${token}`, everyRole))!;
  const signInAs = (name: string) => signIn(identity.issuer, { name, password });
  const setClaims = async (name: string, claims: object, token: string) =>
    fetch(`${identity.issuer}/accounts/${name}/claims`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(claims),
    });

  beforeAll(async () => {
    identity = await startIdentity({ FTGO_IDENTITY_ACCOUNTS_FILE: accountsFile });
    gate = new Gate({ issuer: identity.issuer, audience: 'ftgo' });
  });
  afterAll(async () => {
    await identity?.stop();
    endProcesses();
  });

  it.each([
    ['ada', 'consumer'],
    ['ajanta', 'restaurant'],
    ['carl', 'courier'],
    ['olga', 'operator'],
  ])('lets %s sign in with authorization code and PKCE, and gives the role %s', async (name, role) => {
    const { subject, roles, claims } = await principalOf(await signInAs(name));
    expect({ subject, roles }).toEqual({ subject: name, roles: new Set([role]) });
    expect(claims['exp']! as number).toBeLessThanOrEqual(Date.now() / 1_000 + 301);
  });

  it('rejects a wrong password and an unknown name', async () => {
    await expect(signIn(identity.issuer, { name: 'ada', password: 'wrong' })).rejects.toThrow(/responded with 401/);
    await expect(signIn(identity.issuer, { name: 'constructor', password })).rejects.toThrow(/responded with 401/);
  });

  it('rejects an authorization request without PKCE', async () => {
    const query = new URLSearchParams({
      client_id: 'ftgo-web',
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1/callback',
      scope: 'openid',
    });
    const response = await fetch(`${identity.issuer}/auth?${query.toString()}`, { redirect: 'manual' });
    expect(response.headers.get('location')).toMatch(/error=invalid_request.*PKCE/i);
  });

  it('gives a service a token in its own name, for its secret only', async () => {
    const settings = { issuer: identity.issuer, clientId: 'api-gateway' };
    const tokenOf = (secret: string) =>
      new ServiceAccount({ ...settings, clientSecret: () => secret }).run(async () => caller.current?.token ?? '');
    const { subject, roles } = await principalOf(await tokenOf(secretOfGateway));
    expect({ subject, roles }).toEqual({ subject: 'api-gateway', roles: new Set(['service']) });
    await expect(tokenOf('another secret')).rejects.toMatchObject({ name: 'IssuerUnavailable' });
  });

  it('lets a program without a browser get a token by the device flow', async () => {
    const options = { execute: [oidc.allowInsecureRequests] };
    const cli = await oidc.discovery(new URL(identity.issuer), 'ftgo-cli', undefined, oidc.None(), options);
    const device = await oidc.initiateDeviceAuthorization(cli, { scope: 'openid' });
    await confirmDevice(device.verification_uri_complete!, { name: 'olga', password });
    const { access_token } = await oidc.pollDeviceAuthorizationGrant(cli, device);
    const { subject, roles } = await principalOf(access_token);
    expect({ subject, roles }).toEqual({ subject: 'olga', roles: new Set(['operator']) });
  });

  it('puts the claims that an operator gives an account into its tokens, also after a restart', async () => {
    const claims = { ftgo_consumer_id: 7 };
    expect((await setClaims('ada', claims, await signInAs('ada'))).status).toBe(403);
    expect((await setClaims('ada', claims, 'garbage')).status).toBe(401);
    expect((await principalOf(await signInAs('ada'))).claims).not.toHaveProperty('ftgo_consumer_id');
    expect((await setClaims('ada', claims, await signInAs('olga'))).status).toBe(200);
    expect((await setClaims('ada', { ftgo_consumer_id: 'x' }, await signInAs('olga'))).status).toBe(400);
    expect((await principalOf(await signInAs('ada'))).claims).toMatchObject(claims);
    expect(existsSync(accountsFile)).toBe(true);
    const restarted = await startIdentity({ FTGO_IDENTITY_ACCOUNTS_FILE: accountsFile });
    const token = await signIn(restarted.issuer, { name: 'ada', password });
    const principal = await new Gate({ issuer: restarted.issuer, audience: 'ftgo' }).admit(`Bearer ${token}`, ['consumer']);
    expect(await restarted.stop()).toBe(0);
    expect(principal?.claims).toMatchObject(claims);
  });

  it('accepts no token for another resource', async () => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', resource: 'urn:another' });
    const authorization = `Basic ${Buffer.from(`api-gateway:${encodeURIComponent(secretOfGateway)}`).toString('base64')}`;
    const response = await fetch(`${identity.issuer}/token`, { method: 'POST', headers: { authorization }, body });
    expect(await response.json()).toMatchObject({ error: 'invalid_target' });
  });

  it('replaces its key while it runs: tokens of the old and the new key are valid, and sessions go on', async () => {
    const rotating = await startIdentity({ FTGO_IDENTITY_KEY_PERIOD_MS: '400' });
    const verifier = new Gate({ issuer: rotating.issuer, audience: 'ftgo' });
    const kids = new Set<string>();
    await eventually(async () => {
      const token = await signIn(rotating.issuer, { name: 'ada', password });
      await expect(verifier.admit(`Bearer ${token}`, ['consumer'])).resolves.toBeDefined();
      kids.add((JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid);
      expect(kids.size).toBeGreaterThanOrEqual(2);
    });
    await rotating.stop();
  });

  it('is not for production', async () => {
    const refused = spawnIdentity({ FTGO_HTTP_PORT: '0', FTGO_OIDC_ISSUER: 'http://127.0.0.1:1', FTGO_ENV: 'production' });
    const [code] = (await once(refused.child, 'exit')) as [number];
    expect([code, refused.output()]).toEqual([1, expect.stringMatching(/FTGO_ENV is invalid .*not for production/)]);
  });
});
