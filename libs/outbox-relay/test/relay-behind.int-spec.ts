import { becauseNoKafka, eventually, noKafka } from '@ftgo/testing';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RelayLab } from './relay-lab.js';

describe.skipIf(noKafka)(`a database that was restored to an earlier point in time${becauseNoKafka}`, () => {
  let lab: RelayLab;
  let client: Client;

  beforeEach(async () => {
    lab = await RelayLab.open();
    client = await lab.client();
    await lab.listen();
    const relay = ourRelay();
    await leads(relay);
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await eventually(() => expect(lab.numbers).toEqual([1]));
    await relay.stop();
  });
  afterEach(() => lab.close());

  const ourRelay = () => lab.relay({ ownTopics: [lab.topic] });
  const leads = (relay: ReturnType<RelayLab['relay']>) => eventually(() => expect(relay.status.state).toBe('leading'));
  const publishedAt = async () =>
    (await client.query<{ at: Date }>('SELECT published_at AS at FROM relay_checkpoint')).rows[0]?.at.getTime() ?? 0;

  it('is not published while its topics have later messages, and is when they are known', async () => {
    await client.query(
      `UPDATE relay_checkpoint SET (published_at, updated_at) = (SELECT now() - interval '1 hour', now() - interval '1 hour')`,
    );
    const relay = ourRelay();
    await lab.insert(client, [{ key: 'a', n: 2 }]);
    await eventually(() => expect(relay.status.state).toBe('misconfigured'));
    expect(relay.status.reason).toMatch(
      new RegExp(
        `^the database was restored to an earlier point in time: it knows of messages up to \\S+, but the newest message in ${lab.topic} was published at`,
      ),
    );
    expect(lab.alarms()).toHaveLength(1);
    expect(lab.numbers).toEqual([1]);
    await client.query('UPDATE relay_checkpoint SET published_at = now()');
    await leads(relay);
    await eventually(() => expect(lab.numbers).toEqual([1, 2]));
  });

  it('is not suspected if an older relay, which notes no time, has published', async () => {
    await client.query(`UPDATE relay_checkpoint SET (published_at, updated_at) = (SELECT NULL::timestamptz, now() - interval '1 hour')`);
    await leads(ourRelay());
  });

  it('is not suspected after a crash, since the time is noted on every heartbeat', async () => {
    await leads(ourRelay());
    const before = await publishedAt();
    await eventually(async () => expect(await publishedAt()).toBeGreaterThan(before + 1_000));
  });
});
