import { type OutgoingRecord, RecordView } from '@ftgo/messaging/broker';
import { createRecordsBatch, type MessageRecord, Reader, readRecordsBatches } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchReader } from '../src/batch-reader.js';
import { BatchWriter } from '../src/batch-writer.js';
import { mostHeaders } from '../src/record-decoder.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const name = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((text) => Buffer.from(text));
const headers = fc.uniqueArray(fc.tuple(name, bytes(300)), { maxLength: 15, selector: ([header]) => String(header) });
const records: fc.Arbitrary<OutgoingRecord[]> = fc.array(
  fc.record({ topic: fc.constant('t'), key: bytes(40), value: fc.oneof(bytes(100), bytes(10_000)), headers }),
  { minLength: 1, maxLength: 80 },
);

function written(sent: readonly OutgoingRecord[]): BatchWriter {
  const view = new RecordView();
  const batch = new BatchWriter(Buffer.allocUnsafe(8 * 1024 * 1024));
  for (const [i, record] of sent.entries()) expect(batch.append(view.set(record), i)).toBe(true);
  return batch;
}

const limits = { headers: mostHeaders, recordBytes: 1024 * 1024, batchBytes: 4 * 1024 * 1024 };
const shape = ({ key, value, headers }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>) => ({
  key: key.toString('hex'),
  value: value.toString('hex'),
  headers: headers.map(([header, content]) => [header.toString('hex'), content.toString('hex')]),
});

describe('the record batch codec', () => {
  it("writes what the client's own reader reads", () => {
    fc.assert(
      fc.property(records, (sent) => {
        const batch = written(sent).seal({ id: 4711n, epoch: 3 }, 99, 1_700_000_000_000);
        const [read, ...others] = readRecordsBatches(Reader.from(batch));
        expect(others).toEqual([]);
        expect(read).toMatchObject({ producerId: 4711n, producerEpoch: 3, firstSequence: 99, magic: 2, lastOffsetDelta: sent.length - 1 });
        expect(read?.records.map((record) => shape(record as never))).toEqual(sent.map(shape));
      }),
      { numRuns: 60 },
    );
  });

  it('writes the same bytes as the client', () => {
    fc.assert(
      fc.property(records, (sent) => {
        const timestamp = 1_700_000_000_000n;
        const messages = sent.map(
          ({ key, value, headers, topic }): MessageRecord => ({ key, value, topic, timestamp, headers: new Map(headers) }),
        );
        const theirs = createRecordsBatch(messages, { producerId: 1n, producerEpoch: 2, partitionLeaderEpoch: -1 }).buffer;
        const ours = written(sent).seal({ id: 1n, epoch: 2 }, 0, Number(timestamp));
        expect(ours.equals(theirs)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('reads back what it wrote, also in pieces and from a later offset', () => {
    fc.assert(
      fc.property(records, fc.nat(90), (sent, from) => {
        const batch = Buffer.from(written(sent).seal({ id: 1n, epoch: 0 }, 0, 0));
        batch.writeBigInt64BE(1000n, 0);
        const reader = new BatchReader('t', 2, batch, 1000n + BigInt(from), limits);
        const got = [...reader.take(1), ...reader.take(3), ...reader.take(1000)];
        expect(got.map(({ position }) => Number(position) - 1000)).toEqual(sent.map((_, i) => i).slice(from));
        expect(
          got.map(({ key, value, headers }) =>
            shape({ key: key as Buffer, value: value as Buffer, headers: [...headers].map(([h, v]) => [Buffer.from(h), v]) }),
          ),
        ).toEqual(sent.slice(from).map(shape));
        expect(BatchReader.endOf(batch)?.offset).toBe(1000n + BigInt(sent.length));
        expect(BatchReader.endOf(batch.subarray(0, -1))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['is compressed and cannot be decompressed', (batch: Buffer) => batch.writeInt16BE(4, 21)],
    ['has fewer records than it declares', (batch: Buffer) => batch.writeInt32BE(3, 57)],
  ])('reads up to a record that %s, and never beyond it', (_what, spoil) => {
    const two = [1, 2].map((n) => ({ topic: 't', key: Buffer.from('k'), value: Buffer.from(String(n)), headers: [] }));
    const batches = [0n, 2n, 4n].map((firstOffset) => {
      const batch = Buffer.from(written(two).seal({ id: 1n, epoch: 0 }, 0, 0));
      batch.writeBigInt64BE(firstOffset, 0);
      return batch;
    });
    spoil(batches[1] as Buffer);
    const reader = new BatchReader('t', 0, Buffer.concat(batches), 0n, limits);
    const got: bigint[] = [];
    const read = () => got.push(...reader.take(100).map(({ position }) => BigInt(position)));
    for (let tries = 0; tries < 4; tries++) {
      try {
        read();
      } catch {}
    }
    expect(read).toThrow();
    expect(got).toEqual([0n, 1n, 2n, 3n].slice(0, got.length));
    expect(got.length).toBeGreaterThanOrEqual(2);
  });

  it('splits a batch without changing a byte of its records', () => {
    fc.assert(
      fc.property(records, (sent) => {
        fc.pre(sent.length > 1);
        const halves = written(sent).split();
        const read = halves.flatMap((half) => readRecordsBatches(Reader.from(half.seal({ id: 1n, epoch: 0 }, 0, 0))));
        expect(read.flatMap(({ records }) => records).map((record) => shape(record as never))).toEqual(sent.map(shape));
        expect(halves.flatMap(({ numbers }) => numbers)).toEqual(sent.map((_, i) => i));
      }),
      { numRuns: 40 },
    );
  });
});
