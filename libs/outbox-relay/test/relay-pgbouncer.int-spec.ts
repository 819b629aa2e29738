import { eventually, noPgBouncer, type PgBouncer, startPgBouncer } from '@ftgo/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { RelayLab } from './relay-lab.js';

describe.skipIf(noPgBouncer)(`the relay behind PgBouncer${noPgBouncer ? ` (${noPgBouncer})` : ''}`, () => {
  let lab: RelayLab;
  let pooler: PgBouncer;
  afterEach(async () => {
    await lab.close();
    await pooler.close();
  });

  it.each([
    ['rejects', ''],
    ['ignores', 'options'],
  ])('reports that it needs a direct connection where PgBouncer %s the options of a session', async (_, ignored) => {
    lab = await RelayLab.open();
    pooler = await startPgBouncer({ url: lab.database.relayUrl, ignored });
    const relay = lab.relay({ url: pooler.url });
    const { host } = new URL(pooler.url);
    await eventually(() =>
      expect(relay.status).toMatchObject({
        state: 'misconfigured',
        isReady: false,
        reason: `${host} is a connection pooler, which does not support replication: set the relay's URL to the address of PostgreSQL`,
      }),
    );
  });
});
