import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caller, ServiceAccount } from '../src/index.js';
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

  it('fails if the issuer knows none of its secrets', async () => {
    issuer.clientSecret = 'unknown';
    const account = new ServiceAccount({ ...issuer.settings, clientId: 'api-gateway', clientSecret: () => 'first' });
    await expect(account.run(async () => '')).rejects.toThrow('cannot get a token from the issuer');
  });
});
