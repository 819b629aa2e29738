import { randomUUID } from 'node:crypto';
import { eventually } from '@ftgo/testing';
import type { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { RelayLab } from './relay-lab.js';

const unusable: readonly [string, Record<string, string | null>, RegExp][] = [
  ['a time of infinity', { time: 'infinity' }, /invalid outbox row at position 2: column time is infinity/],
  ['a time of -infinity', { time: '-infinity' }, /column time is -infinity/],
  ['a time in 300 BC', { time: '0300-01-01 BC' }, /column time is about 2299 years before 2000/],
  ['a time in the far future', { time: '200000-01-01' }, /column time is about 198000 years after 2000/],
  ['no key', { partition_key: null }, /column partition_key is NULL/],
  ['no payload', { payload: null }, /column payload is NULL/],
  ['no topic', { topic: null }, /column topic is NULL/],
  ['no type', { type: null }, /column type is NULL/],
];

describe('a row that cannot be turned into a message', () => {
  let lab: RelayLab;
  let client: Client;
  afterEach(() => lab.close());

  const open = async () => {
    lab = await RelayLab.open();
    client = await lab.client();
    await lab.listen();
    for (const column of ['id', 'topic', 'partition_key', 'payload', 'type'])
      await client.query(`ALTER TABLE outbox ALTER ${column} DROP NOT NULL`);
  };
  const leading = async () => {
    const relay = lab.relay();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    return relay;
  };
  const skips = async () =>
    (
      await client.query<{ message_id: string; reason: string; skipped_by: string }>(
        'SELECT message_id, reason, skipped_by FROM relay_skip',
      )
    ).rows;

  describe.each(['from the log', 'from the table'])('%s', (way) => {
    it.each(unusable)('is skipped, reported and recorded: %s', async (_, columns, reason) => {
      await open();
      const id = randomUUID();
      const write = () =>
        lab.insert(client, [
          { key: 'a', n: 1, columns: { id: randomUUID() } },
          { key: 'a', n: 2, columns: { id } },
          { key: 'a', n: 3, columns: { id: randomUUID() } },
        ]);
      const spoil = `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF new.id = '${id}' THEN ${Object.entries(columns)
          .map(([column, value]) => `new.${column} := ${value === null ? 'NULL' : `'${value}'`};`)
          .join('')} END IF;
        RETURN new; END $$`;
      await client.query(spoil);
      await client.query('CREATE TRIGGER spoil BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION spoil()');
      if (way === 'from the table') await write();
      const relay = await leading();
      if (way === 'from the log') await write();
      await eventually(() => expect(lab.numbers).toEqual([1, 3]));
      await eventually(async () =>
        expect(await skips()).toEqual([{ message_id: id, reason: expect.stringMatching(reason), skipped_by: 'relay' }]),
      );
      expect(relay.status).toMatchObject({ state: 'leading', isReady: true, alarms: 1, rejected: 1 });
      expect(lab.alarms()).toEqual([expect.stringMatching(reason)]);
    });

    it('without an id is recorded by its position', async () => {
      await open();
      const write = () => lab.insert(client, [{ key: 'a', n: 1, columns: { id: null } }]);
      if (way === 'from the table') await write();
      await leading();
      if (way === 'from the log') await write();
      await eventually(async () =>
        expect(await skips()).toEqual([
          { message_id: '00000000-0000-0000-0000-000000000001', reason: expect.stringContaining('column id is NULL'), skipped_by: 'relay' },
        ]),
      );
    });
  });
});
