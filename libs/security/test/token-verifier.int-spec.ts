import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate } from '../src/gate.js';
import { principalId } from '../src/principal.js';
import { TestIssuer } from '../src/testing/test-issuer.js';

describe('the gate', () => {
  let issuer: TestIssuer;
  let gate: Gate;
  const admit = (token: string) => gate.admit(`Bearer ${token}`, ['cook', 'waiter']);

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    gate = new Gate(issuer.settings);
  });
  afterAll(() => issuer.close());

  it('admits a principal with one of the roles', async () => {
    const token = await issuer.token({ sub: 'ada', roles: ['cook', 'guest'], claims: { kitchen: 7 } });
    const principal = (await admit(token))!;
    expect(principalId(principal)).toBe(`${issuer.url}|ada`);
    expect(principal).toMatchObject({ roles: new Set(['cook', 'guest']), claims: { kitchen: 7 }, token });
  });

  it.each<[string, () => Promise<string> | string]>([
    ['garbage', () => 'garbage'],
    ['one that has expired', () => issuer.token({ roles: ['cook'], expiresIn: -10 })],
    ['one for another audience', () => issuer.token({ roles: ['cook'], audience: 'another' })],
    ['one of another issuer', () => issuer.token({ roles: ['cook'], issuer: 'http://127.0.0.1:1' })],
    ['one without a signature', () => issuer.unsignedToken({ roles: ['cook'] })],
    ['one signed with the public key as a secret', () => issuer.symmetricToken({ roles: ['cook'] })],
    ['one signed by another key', () => issuer.foreignToken({ roles: ['cook'] })],
    ['one without an expiry', () => issuer.token({ roles: ['cook'], claims: { exp: undefined } })],
  ])('rejects a token: %s', async (_, token) => {
    await expect(admit(await token())).rejects.toMatchObject({ kind: 'unauthenticated', code: 'UNAUTHENTICATED', hasToken: true });
  });

  it('reads the keys of an issuer that it reaches at another address than clients do', async () => {
    const elsewhere = await TestIssuer.start({ url: 'http://issuer.invalid' });
    const settings = { ...elsewhere.settings, discoveryUrl: elsewhere.address };
    const admitted = new Gate(settings).admit(`Bearer ${await elsewhere.token({ roles: ['cook'] })}`, ['cook']);
    expect((await admitted)?.issuer).toBe('http://issuer.invalid');
    const another = new Gate({ ...settings, issuer: issuer.url }).admit(`Bearer ${await issuer.token({ roles: ['cook'] })}`, ['cook']);
    await expect(another).rejects.toMatchObject({ name: 'IssuerUnavailable' });
    await elsewhere.close();
  });

  it('tolerates clocks that differ by a few seconds', async () => {
    await expect(admit(await issuer.token({ roles: ['cook'], expiresIn: -2 }))).resolves.toBeDefined();
  });

  it('rejects a request without a token, and another kind of credentials', async () => {
    await expect(gate.admit(undefined, ['cook'])).rejects.toMatchObject({ kind: 'unauthenticated', hasToken: false });
    await expect(gate.admit('Basic YTpi', ['cook'])).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it.each<[string, unknown]>([
    ['other roles', ['guest']],
    ['no roles', []],
    ['roles that are not a list', 'cook'],
  ])('rejects a principal with %s', async (_, roles) => {
    await expect(admit(await issuer.token({ claims: { roles } }))).rejects.toMatchObject({ kind: 'forbidden', code: 'ROLE_REQUIRED' });
  });

  it('admits anyone to a public operation, and no one to an undecided one', async () => {
    await expect(gate.admit('Bearer garbage', 'public')).resolves.toBeUndefined();
    const token = await issuer.token({ roles: ['cook'] });
    await expect(gate.admit(`Bearer ${token}`, undefined)).rejects.toMatchObject({ code: 'ACCESS_UNDECIDED' });
  });
});

describe('the keys of an issuer', () => {
  const allow = ['cook'] as const;
  let issuer: TestIssuer;
  let gate: Gate;
  const admit = async () => gate.admit(`Bearer ${await issuer.token({ roles: ['cook'] })}`, allow);

  beforeAll(async () => {
    issuer = await TestIssuer.start();
    gate = new Gate(issuer.settings);
  });
  afterAll(() => issuer.close());

  it('makes requests wait for no one: while they have not been read, the issuer is unavailable', async () => {
    issuer.setDown(true);
    await expect(admit()).rejects.toMatchObject({ name: 'IssuerUnavailable' });
    issuer.setDown(false);
    await expect(admit()).resolves.toBeDefined();
  });

  it('are read once for many requests', async () => {
    const { reads } = issuer;
    await Promise.all(Array.from({ length: 20 }, admit));
    expect(issuer.reads).toBe(reads);
  });

  it('are read again when a token is signed by a new one', async () => {
    const old = await issuer.token({ roles: ['cook'] });
    await issuer.rotate('second');
    await eventually(async () => expect(await admit()).toBeDefined());
    await expect(gate.admit(`Bearer ${old}`, allow)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('remain in use while the issuer is down', async () => {
    const known = await issuer.token({ roles: ['cook'] });
    await issuer.rotate('third');
    const unknown = await issuer.token({ roles: ['cook'] });
    issuer.setDown(true);
    await expect(gate.admit(`Bearer ${unknown}`, allow)).rejects.toBeDefined();
    await expect(gate.admit(`Bearer ${known}`, allow)).resolves.toBeDefined();
    issuer.setDown(false);
    await eventually(async () => expect(await gate.admit(`Bearer ${unknown}`, allow)).toBeDefined());
  });
});
