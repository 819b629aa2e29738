import { createHash } from 'node:crypto';
import { eventually } from '@ftgo/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { numberOf, RelayLab, range } from './relay-lab.js';

/** Bytes in which no two rows have a sequence in common. */
function distinct(seed: number, length: number): Buffer {
  const blocks = range(0, Math.ceil(length / 32)).map((block) => createHash('sha256').update(`${seed}/${block}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

describe('the relay', () => {
  let lab: RelayLab;
  afterEach(() => lab.close());

  it.each(['wal', 'polling'] as const)(
    'publishes by %s every key, header and payload byte for byte, whatever the size of the rows',
    async (source) => {
      lab = await RelayLab.open({ source });
      const client = await lab.client();
      await lab.listen();
      const relay = lab.relay();
      await eventually(() => expect(relay.status.state).toBe('leading'));
      const rows = 1500;
      // Sizes around those of headers, of a socket's chunk (64 KiB) and far beyond.
      const sizeOf = (n: number) => [n % 700, 1000 + n, 0, 65_536 - (n % 300), 66_000 + n * 3, 5000][n % 6] as number;
      for (const from of range(0, rows / 10)) {
        const batch = range(from * 10, from * 10 + 10).map((n) => ({
          key: `schlüssel-${n % 97}-${'x'.repeat(n % 40)}`,
          n,
          payload: n % 500 === 499 ? distinct(n, 800_000) : distinct(n, sizeOf(n)),
          columns: {
            subject: `subject ${n} ${'ß€😀'.repeat(n % 9)}`,
            extensions: extensionsOf(n),
            traceparent: n % 4 === 0 ? null : `00-0af7651916cd43dd8448eb211c80319c-${String(n).padStart(16, '0')}-01`,
            tracestate: n % 7 === 0 ? `vendor=${'t'.repeat(n % 200)}` : null,
          },
        }));
        await lab.insert(client, batch);
      }
      await eventually(() => expect(lab.received).toHaveLength(rows), { timeoutMs: 30_000 });
      const stored = await client.query<Record<string, string | null> & { payload: Buffer }>(
        `SELECT *, id::text, to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS time FROM outbox ORDER BY sequence`,
      );
      const received = lab.received.toSorted((a, b) => numberOf(a) - numberOf(b));
      for (const [n, row] of stored.rows.entries()) {
        const { key, value, headers } = received[n] as (typeof received)[number];
        expect(String(key)).toBe(row['partition_key']);
        expect(value?.equals(row.payload)).toBe(true);
        expect(Object.fromEntries([...headers].map(([name, bytes]) => [name, String(bytes)]))).toEqual(expectedHeaders(row));
      }
    },
  );

  it('publishes the same bytes from the table and from the log', async () => {
    lab = await RelayLab.open();
    const client = await lab.client();
    await lab.listen();
    const row = {
      key: 'k',
      columns: { time: '2026-11-21 12:34:56.789012+02', extensions: '{"ce_sagaid":"s","ce_tenant":"\\u00e9\\""}', tracestate: 'x=ü' },
    };
    await lab.insert(client, [{ ...row, n: 1, payload: distinct(7, 3000) }]);
    const relay = lab.relay();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    expect(relay.status.backfilled).toBe(1);
    await client.query(`INSERT INTO outbox (${copied}) SELECT ${copied} FROM outbox`);
    await eventually(() => expect(lab.received).toHaveLength(2));
    const [backfilled, logged] = lab.received.map(({ key, value, headers }) => ({ key, value, headers: [...headers] }));
    expect(logged).toEqual(backfilled);
    expect(String(lab.received[0]?.headers.get('ce_time'))).toBe('2026-11-21T10:34:56.789012Z');
  });

  it('measures sizes as the broker does, so that nothing that fits is rejected', async () => {
    lab = await RelayLab.open();
    const client = await lab.client();
    await lab.listen();
    const relay = lab.relay({ broker: lab.newBroker() });
    await eventually(() => expect(relay.status.state).toBe('leading'));
    await lab.insert(
      client,
      range(0, 12).map((n) => ({ key: 'same', n, payload: distinct(n, 300_000 + n * 50_000) })),
    );
    await eventually(() => expect(lab.numbers).toEqual(range(0, 12)));
    expect(relay.status.state).toBe('leading');
  });
});

/** Strings without escapes, with escapes, with spaces in between, and none. */
function extensionsOf(n: number): string | null {
  if (n % 2 === 1) return null;
  const extensions = {
    ce_sagaid: `saga-${n}`,
    'x-tenant': n % 3 === 0 ? `"${n}\\\n ü` : 'plain',
    ...(n % 5 === 0 ? { ce_outcome: 'success' } : {}),
  };
  return JSON.stringify(extensions, undefined, n % 4);
}

const copied =
  'id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, extensions, traceparent, tracestate, content_type, data_schema, payload';

function expectedHeaders(row: Record<string, unknown>): Record<string, unknown> {
  const columns = {
    ce_id: 'id',
    ce_source: 'source',
    ce_type: 'type',
    ce_subject: 'subject',
    ce_time: 'time',
    ce_dataschema: 'data_schema',
    ce_partitionkey: 'partition_key',
    ce_sequence: 'sequence',
    ce_correlationid: 'correlation_id',
    ce_causationid: 'causation_id',
    traceparent: 'traceparent',
    tracestate: 'tracestate',
    'content-type': 'content_type',
  };
  const present = Object.entries(columns).filter(([, column]) => row[column] !== null);
  const extensions = (row['extensions'] ?? {}) as Record<string, string>;
  return { ...Object.fromEntries([['ce_specversion', '1.0'], ...present.map(([header, column]) => [header, row[column]])]), ...extensions };
}
