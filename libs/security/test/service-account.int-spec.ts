import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caller, Gate, type Principal, ServiceAccount, Unauthenticated } from '../src/index.js';
import { TestIssuer } from '../src/testing/index.js';

describe('the account of a service at the issuer', () => {
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
    issuer.serviceTokenSeconds = 1; // renewed after a second
  });
  afterAll(() => issuer.close());

  it('continues while its secret is replaced, in the file and at the issuer in either order', async () => {
    let secret = 'first';
    const account = new ServiceAccount({ ...issuer.settings, clientId: 'api-gateway', clientSecret: () => secret });
    const token = () => account.run(async () => caller.current?.token ?? '');
    const renewed = async () => {
      const before = await token();
      await expect.poll(token, { timeout: 20_000 }).not.toBe(before);
    };
    issuer.clientSecret = 'first';
    await renewed();
    secret = 'second'; // not known to the issuer yet
    await renewed();
    issuer.clientSecret = 'second';
    await renewed();
    issuer.clientSecret = undefined; // accepts both
    secret = 'third';
    await renewed();
    issuer.clientSecret = 'third';
    await renewed();
  });

  it('gets a new token once a service rejects its token, because the issuer has withdrawn the key', async () => {
    const withdrawing = await TestIssuer.start();
    try {
      const gate = new Gate(withdrawing.settings);
      const account = new ServiceAccount({ ...withdrawing.settings, clientId: 'api-gateway', clientSecret: () => 'any' });
      const call = () => account.run(() => gate.admit(`Bearer ${caller.current?.token}`, ['service']));
      await expect(call()).resolves.toMatchObject({ subject: 'api-gateway' });
      await withdrawing.rotate('second');
      // The service reads the issuer's keys when it sees a token signed by a new one.
      const other = `Bearer ${await withdrawing.token({ sub: 'other', roles: ['service'] })}`;
      const subjectOf = (principal: Promise<Principal | undefined>) => principal.then((admitted) => admitted?.subject, String);
      await expect.poll(() => subjectOf(gate.admit(other, ['service'])), { timeout: 40_000 }).toBe('other');
      await expect.poll(() => subjectOf(call()), { timeout: 20_000 }).toBe('api-gateway');
    } finally {
      await withdrawing.close();
    }
  }, 70_000);

  it('requests one token at a time, however many calls a service rejects', async () => {
    const account = new ServiceAccount({ ...issuer.settings, clientId: 'api-gateway', clientSecret: () => 'first' });
    issuer.clientSecret = undefined;
    const tokens = new Set<string>();
    const call = () =>
      account.run(async () => {
        tokens.add(caller.current?.token ?? '');
        throw new Unauthenticated('rejected');
      });
    await Promise.all(Array.from({ length: 50 }, () => expect(call()).rejects.toThrow('rejected')));
    expect(tokens.size).toBe(1);
  });

  it('fails if the issuer knows none of its secrets', async () => {
    issuer.clientSecret = 'unknown';
    const account = new ServiceAccount({ ...issuer.settings, clientId: 'api-gateway', clientSecret: () => 'first' });
    await expect(account.run(async () => '')).rejects.toThrow('cannot get a token from the issuer');
  });
});
