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
    ['leaves out', 'options'],
  ])('says that it needs PostgreSQL itself, where PgBouncer %s what a session asks for', async (_, ignored) => {
    lab = await RelayLab.open();
    pooler = await startPgBouncer({ url: lab.database.relayUrl, ignored });
    const relay = lab.relay({ url: pooler.url });
    const { host } = new URL(pooler.url);
    await eventually(() =>
      expect(relay.status).toMatchObject({
        state: 'misconfigured',
        isReady: false,
        reason: `${host} is a connection pooler, through which the replication log cannot be read: give the relay a URL that leads to PostgreSQL itself`,
      }),
    );
  });
});
