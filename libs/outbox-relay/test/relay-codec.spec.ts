import fc from 'fast-check';
import { PgoutputPlugin } from 'pg-logical-replication';
import { describe, expect, it } from 'vitest';
import { AckQueue } from '../src/publish/ack-queue.js';
import { IsoTimeWriter } from '../src/record/iso-time.js';
import { writeUuid } from '../src/record/record-encoder.js';
import { formatLsn, parseLsn, readLsn, writeLsn } from '../src/source/wal/lsn.js';
import { MessageFramer } from '../src/source/wal/message-framer.js';
import { PgOutputDecoder } from '../src/source/wal/pgoutput.js';

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const text = (value: string) => Buffer.from(`${value}\0`);

describe('the message framer', () => {
  const message = fc.record({
    type: fc.integer({ min: 65, max: 122 }),
    body: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 3000 })),
  });

  it('finds the same messages however the stream is split into chunks, in bytes that do not change later', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.flatMap(({ type, body }) => [Buffer.from([type]), u32(body.length + 4), Buffer.from(body)]));
        const got: { type: number; body: Buffer }[] = [];
        const framer = new MessageFramer((type, bytes, start, end) => got.push({ type, body: bytes.subarray(start, end) }));
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] as number;
          framer.push(Buffer.from(stream.subarray(at, at + size)));
          at += size;
        }
        expect(got.map(({ type, body }) => [type, body.toString('hex')])).toEqual(
          sent.map(({ type, body }) => [type, Buffer.from(body).toString('hex')]),
        );
      }),
    );
  });
});

describe('the decoder of pgoutput', () => {
  const columnValue = fc.option(fc.string({ maxLength: 50 }), { nil: null });

  it('finds the same columns as the parser of pg-logical-replication', () => {
    fc.assert(
      fc.property(fc.array(columnValue, { minLength: 1, maxLength: 20 }), (values) => {
        const names = values.map((_, i) => `column_${i}`);
        const textType = 25;
        const relation = Buffer.concat([
          Buffer.from('R'),
          u32(4711),
          text('public'),
          text('outbox'),
          Buffer.from('d'),
          Buffer.from([0, names.length]),
          ...names.flatMap((name) => [Buffer.from([0]), text(name), u32(textType), u32(0xffffffff)]),
        ]);
        const columns = values.map((value) =>
          value === null ? Buffer.from('n') : Buffer.concat([Buffer.from('b'), u32(Buffer.byteLength(value)), Buffer.from(value)]),
        );
        const insert = Buffer.concat([Buffer.from('I'), u32(4711), Buffer.from('N'), Buffer.from([0, values.length]), ...columns]);
        const oracle = new PgoutputPlugin({ protoVersion: 1, publicationNames: ['p'] });
        oracle.parse(relation);
        // Theirs decodes values as text; ours returns their positions.
        const asText = Buffer.from(insert);
        for (
          let at = 0;
          (at = asText.indexOf('b', at, 'latin1')) >= 0 && values.every((value) => value === null || !value.includes('b'));
          at++
        )
          asText[at] = 't'.charCodeAt(0);
        const ours: (string | null)[] = [];
        const seen: string[] = [];
        const decoder = new PgOutputDecoder({
          onBegin: () => undefined,
          onCommit: () => undefined,
          onLogicalMessage: () => undefined,
          onRelation: ({ name, columns: found }) => seen.push(name, ...found.map((column) => `${column.name}:${column.typeOid}`)),
          onInsert: (_oid, row) => {
            for (const i of values.keys()) ours.push(row.isNull(i) ? null : row.bytes.toString('utf8', row.starts[i], row.ends[i]));
          },
        });
        decoder.decode(relation, 0, relation.length);
        decoder.decode(insert, 0, insert.length);
        expect(seen).toEqual(['outbox', ...names.map((name) => `${name}:${textType}`)]);
        expect(ours).toEqual(values);
        if (asText.equals(insert)) return;
        const theirs = oracle.parse(asText) as { new: Record<string, string | null> };
        expect(names.map((name) => theirs.new[name])).toEqual(ours);
      }),
    );
  });

  it('reads the exact end of a commit record', () => {
    const commit = Buffer.concat([Buffer.from('C'), Buffer.from([0]), u32(1), u32(0x10), u32(1), u32(0x48), u32(0), u32(0)]);
    const ends: number[] = [];
    const ignore = () => undefined;
    new PgOutputDecoder({
      onBegin: ignore,
      onInsert: ignore,
      onLogicalMessage: ignore,
      onRelation: ignore,
      onCommit: (lsn) => ends.push(lsn),
    }).decode(commit, 0, commit.length);
    expect(ends.map(formatLsn)).toEqual(['1/48']);
  });
});

describe('positions, times and ids', () => {
  it('parses and formats positions exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 20 }), fc.nat({ max: 0xffffffff }), (upper, lower) => {
        const bytes = Buffer.alloc(8);
        writeLsn(upper * 2 ** 32 + lower, bytes, 0);
        expect(bytes.readBigUInt64BE()).toBe((BigInt(upper) << 32n) + BigInt(lower));
        expect(parseLsn(formatLsn(readLsn(bytes, 0)))).toBe(upper * 2 ** 32 + lower);
      }),
    );
  });

  it('writes times as ISO 8601 in UTC, with microseconds unless they are zero', () => {
    const writer = new IsoTimeWriter();
    const target = Buffer.alloc(40);
    const written = (micros: number | bigint) => target.toString('latin1', 0, writer.write(micros, target));
    const from2000 = (iso: string) => (Date.parse(iso) - Date.parse('2000-01-01T00:00:00Z')) * 1000;
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
        (date) => {
          const micros = BigInt(date.getTime() - Date.parse('2000-01-01T00:00:00Z')) * 1000n;
          expect(written(micros)).toBe(date.toISOString());
          if (Number.isSafeInteger(Number(micros))) expect(written(Number(micros))).toBe(date.toISOString());
        },
      ),
    );
    expect(written(from2000('2026-11-21T12:34:56.789Z') + 12)).toBe('2026-11-21T12:34:56.789012Z');
  });

  it('writes no time outside the years 0000 to 9999', () => {
    const writer = new IsoTimeWriter();
    const infinity = 2n ** 63n - 1n;
    for (const micros of [infinity, -infinity - 1n, 8_000n * 366n * 86_400_000_000n, -2_001n * 366n * 86_400_000_000n])
      expect(writer.write(micros, Buffer.alloc(40))).toBe(-1);
  });

  it('writes a UUID like PostgreSQL', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const target = Buffer.alloc(36);
        expect(target.toString('latin1', 0, writeUuid(Buffer.from(`ff${uuid.replaceAll('-', '')}`, 'hex'), 1, target))).toBe(uuid);
      }),
    );
  });
});

describe('the acknowledged position', () => {
  it('is the end of the newest transaction that is safe together with all before it', () => {
    const transactions = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(transactions, fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 30 }), (sizes, steps) => {
        const queue = new AckQueue();
        let [acked, safe, pushed, i] = [0, 0, 0, 0];
        const ends: { last: number; lsn: number }[] = [];
        const note = (lsn: number | undefined) => {
          if (lsn !== undefined) acked = lsn;
        };
        const expected = () => {
          const open = ends.findIndex(({ last }) => last > safe);
          return (open < 0 ? ends : ends.slice(0, open)).at(-1)?.lsn ?? 0;
        };
        for (const size of sizes) {
          queue.begin(i);
          for (let row = 0; row < size; row++) pushed = queue.next();
          expect(queue.isIdle).toBe(false);
          const lsn = (ends.length + 1) * 100;
          ends.push({ last: pushed, lsn });
          note(queue.commit(lsn));
          const step = steps[i++ % steps.length] as number;
          if (step > 0 && pushed > safe) note(queue.acknowledged((safe = Math.min(pushed, safe + step))));
          expect(acked).toBe(expected());
          expect(queue.isIdle).toBe(safe === pushed);
          expect(queue.unsafe).toBe(pushed - safe);
        }
      }),
    );
  });
});
