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

describe('a message length', () => {
  it.each([0, 3, 0x80000004])('of %i bytes is rejected, with the length', (length) => {
    const framer = new MessageFramer(() => undefined);
    const problem = `invalid length of a message from PostgreSQL: ${length - 4} bytes`;
    expect(() => framer.push(Buffer.concat([Buffer.from('X'), u32(length), Buffer.from('rest')]))).toThrow(problem);
  });

  it('of 4 bytes is that of an empty message', () => {
    const types: number[] = [];
    new MessageFramer((type, _, start, end) => types.push(type, end - start)).push(Buffer.concat([Buffer.from('X'), u32(4)]));
    expect(types).toEqual(['X'.charCodeAt(0), 0]);
  });

  it('that is invalid is rejected in a header of two chunks as well', () => {
    const framer = new MessageFramer(() => undefined);
    framer.push(Buffer.concat([Buffer.from('X'), u32(0)]).subarray(0, 3));
    expect(() => framer.push(Buffer.from([0, 0]))).toThrow('invalid length of a message from PostgreSQL: -4 bytes');
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

/** What a decoder reports of a message that is in the middle of other bytes. */
function decoded(message: Buffer): unknown[] {
  const events: unknown[] = [];
  const decoder = new PgOutputDecoder({
    onBegin: (...args) => events.push('begin', ...args),
    onCommit: (...args) => events.push('commit', ...args),
    onRelation: (relation) => events.push('relation', relation),
    onInsert: (oid, row) => events.push('insert', oid, row.isNull(0)),
    onLogicalMessage: (prefix, bytes, start, end) => events.push('message', prefix, bytes.toString('utf8', start, end)),
  });
  const before = Buffer.from('CCC');
  decoder.decode(Buffer.concat([before, message, Buffer.from('after')]), before.length, before.length + message.length);
  return events;
}

describe('the decoder of pgoutput, message by message', () => {
  const position = Buffer.concat([u32(1), u32(0x48)]);

  it('reports the time of a commit at its begin, in microseconds since 2000, also before 2000', () => {
    const begin = (time: bigint) => {
      const micros = Buffer.alloc(8);
      micros.writeBigInt64BE(time);
      return Buffer.concat([Buffer.from('B'), position, micros, u32(9)]);
    };
    for (const time of [846_374_400_123_456n, -1n, 2n ** 32n]) expect(decoded(begin(time))).toEqual(['begin', Number(time)]);
  });

  it('reports a logical message with its prefix', () => {
    const content = Buffer.from('{"a":1}');
    const message = Buffer.concat([Buffer.from('M'), Buffer.from([1]), position, text('ftgo.heartbeat'), u32(content.length), content]);
    expect(decoded(message)).toEqual(['message', 'ftgo.heartbeat', '{"a":1}']);
  });

  it('reports a relation with its columns, and none beyond the end of the message', () => {
    const column = (name: string, type: number) => [Buffer.from([1]), text(name), u32(type), u32(0xffffffff)];
    const relation = (columns: number) =>
      Buffer.concat([
        Buffer.from('R'),
        u32(4711),
        text('public'),
        text('outbox'),
        Buffer.from('d'),
        Buffer.from([0, columns]),
        ...column('id', 2950),
        ...column('topic', 25),
      ]);
    const columns = [
      { name: 'id', typeOid: 2950 },
      { name: 'topic', typeOid: 25 },
    ];
    expect(decoded(relation(2))).toEqual(['relation', { oid: 4711, name: 'outbox', columns }]);
    expect(decoded(relation(3))).toEqual(['relation', { oid: 4711, name: 'outbox', columns }]);
    expect(decoded(relation(1))).toEqual(['relation', { oid: 4711, name: 'outbox', columns: columns.slice(0, 1) }]);
  });

  it('rejects a column that is not in binary format, and ignores other messages', () => {
    const insert = Buffer.concat([
      Buffer.from('I'),
      u32(4711),
      Buffer.from('N'),
      Buffer.from([0, 1]),
      Buffer.from('t'),
      u32(1),
      Buffer.from('a'),
    ]);
    expect(() => decoded(insert)).toThrow('unexpected format "t" of a column: expected binary');
    expect(decoded(Buffer.from('Ttruncate'))).toEqual([]);
  });

  it('reports an inserted row with the relation that it belongs to', () => {
    const insert = Buffer.concat([Buffer.from('I'), u32(4711), Buffer.from('N'), Buffer.from([0, 1]), Buffer.from('n')]);
    expect(decoded(insert)).toEqual(['insert', 4711, true]);
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

  it('formats positions like PostgreSQL, and reads them in lower case too', () => {
    expect([formatLsn(0xab), formatLsn(2 ** 32 * 0xfe + 0x10)]).toEqual(['0/AB', 'FE/10']);
    expect(parseLsn('fe/10')).toBe(parseLsn('FE/10'));
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
        const target = Buffer.alloc(64);
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

  it('has the commit time of the oldest transaction that is not safe', () => {
    const queue = new AckQueue();
    expect([queue.oldestCommitTime, queue.isInTransaction, queue.unsafe]).toEqual([undefined, false, 0]);
    for (const [time, lsn] of [
      [1_000, 10],
      [2_000, 20],
    ] as const) {
      queue.begin(time);
      expect([queue.isInTransaction, queue.oldestCommitTime]).toEqual([true, 1_000]);
      queue.next();
      expect(queue.commit(lsn)).toBeUndefined();
      expect(queue.isInTransaction).toBe(false);
    }
    queue.begin(3_000);
    expect(queue.acknowledged(1)).toBe(10);
    expect(queue.oldestCommitTime).toBe(2_000);
    expect(queue.acknowledged(2)).toBe(20);
    expect(queue.oldestCommitTime).toBe(3_000);
    expect(queue.commit(30)).toBe(30);
    expect(queue.oldestCommitTime).toBeUndefined();
  });

  it('has the time at which a commit was received if its begin was not', () => {
    const queue = new AckQueue();
    queue.next();
    const before = Date.now();
    queue.commit(10);
    expect(queue.oldestCommitTime).toBeGreaterThanOrEqual(before);
    expect(queue.oldestCommitTime).toBeLessThanOrEqual(Date.now());
  });

  it('stays correct when many transactions were acknowledged one by one', () => {
    const queue = new AckQueue();
    const all = 10_000;
    for (let i = 1; i <= all; i++) {
      queue.begin(i);
      queue.next();
      queue.commit(i * 10);
    }
    for (let i = 1; i <= all; i++) {
      expect(queue.oldestCommitTime).toBe(i);
      expect(queue.acknowledged(i)).toBe(i * 10);
    }
    expect([queue.isIdle, queue.unsafe, queue.oldestCommitTime]).toEqual([true, 0, undefined]);
  });
});
