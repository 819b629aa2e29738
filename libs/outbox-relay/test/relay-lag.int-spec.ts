import { randomBytes } from 'node:crypto';
import { PgSessions, relayProgress, Transactions } from '@ftgo/messaging';
import { eventually, startBroker } from '@ftgo/testing';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { RelayLab } from './relay-lab.js';

describe('the lag of the relay', () => {
  let lab: RelayLab;
  const ends: Array<() => Promise<unknown>> = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  it('grows while the broker is down, in relay and database, and returns to zero; a standby reports none', async () => {
    const broker = await startBroker();
    lab = await RelayLab.open({ broker: broker.access });
    ends.push(
      () => lab.close(),
      () => broker.kill(),
    );
    const pool = new pg.Pool({ connectionString: lab.database.url, max: 1 });
    ends.unshift(() => pool.end());
    const asTheServiceSeesIt = () => new Transactions(new PgSessions(pool)).run((transaction) => relayProgress.read(transaction));
    const relay = lab.relay();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const second = lab.relay();
    await eventually(() => expect([second.status.state, second.status.lagMs]).toEqual(['standby', undefined]));
    await second.stop();
    const client = await lab.client();
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await eventually(() => expect(relay.status.published).toBe(1));
    await eventually(() => expect(relay.status.lagMs).toBeLessThan(1_000));
    await eventually(async () =>
      expect(await asTheServiceSeesIt()).toMatchObject({ isRead: true, lagBytes: expect.any(Number) as number }),
    );

    await broker.kill();
    await lab.insert(client, [{ key: 'a', n: 2, payload: randomBytes(100_000) }]);
    await eventually(() => expect(relay.status.lagMs).toBeGreaterThan(4_000));
    await eventually(async () => expect((await asTheServiceSeesIt())?.checkpointAgeSeconds).toBeGreaterThan(4));
    await eventually(async () => expect((await asTheServiceSeesIt())?.lagBytes).toBeGreaterThan(100_000));
    await broker.start();
    await eventually(() => expect(relay.status.published).toBe(2));
    await eventually(() => expect(relay.status.lagMs).toBeLessThan(1_000));
    await eventually(async () => expect((await asTheServiceSeesIt())?.checkpointAgeSeconds).toBeLessThan(3));
    await eventually(async () => expect((await asTheServiceSeesIt())?.lagBytes).toBeLessThan(10_000));
  });
});
