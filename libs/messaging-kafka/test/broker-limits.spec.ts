import { RecordView } from '@ftgo/messaging/broker';
import { compressionsAlgorithms } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchReader } from '../src/batch-reader.js';
import { BatchWriter } from '../src/batch-writer.js';
import { ByteReader } from '../src/bytes.js';
import { lz4Size, snappySize } from '../src/declared-size.js';
import { decompressWithin, ExpandsTooMuch } from '../src/decompress.js';

const { gzip, snappy, lz4, zstd } = compressionsAlgorithms;
const repetitive = fc
  .tuple(fc.uint8Array({ maxLength: 50 }), fc.nat(3_000), fc.uint8Array({ maxLength: 2_000 }))
  .map(([piece, times, rest]) => Buffer.concat([...Array.from({ length: times }, () => piece), rest]));

describe('the decompressed size', () => {
  it('is known for Snappy and LZ4 before they are decompressed', () => {
    fc.assert(
      fc.property(repetitive, (bytes) => {
        expect(lz4Size(lz4.compressSync(bytes))).toBe(bytes.length);
        expect(snappySize(snappy.compressSync(bytes))).toBe(bytes.length);
      }),
      { numRuns: 200 },
    );
  });

  it('is the sum of the chunks for Snappy as Java writes it', () => {
    const chunks = [5, 70_000, 3].map((length) => snappy.compressSync(Buffer.alloc(length)));
    const header = Buffer.from('82534e4150505900000000010000000100', 'hex').subarray(0, 16);
    const framed = chunks.flatMap((chunk) => [Buffer.from([0, 0, chunk.length >> 8, chunk.length & 255]), chunk]);
    expect(snappySize(Buffer.concat([header, ...framed]))).toBe(70_008);
  });

  it.each([
    ['gzip', gzip],
    ['snappy', snappy],
    ['lz4', lz4],
    ['zstd', zstd],
  ])('is accepted from %s up to the limit, and not beyond', (_name, { compressSync, bitmask }) => {
    const compressed = compressSync(Buffer.alloc(100_000, 46));
    expect(decompressWithin(100_000, bitmask, compressed)).toHaveLength(100_000);
    expect(() => decompressWithin(99_999, bitmask, compressed)).toThrow(ExpandsTooMuch);
  });

  it('is rejected if it is implausible', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        for (const { bitmask } of [gzip, snappy, lz4, zstd]) {
          try {
            expect(decompressWithin(10_000, bitmask, Buffer.from(noise)).length).toBeLessThanOrEqual(10_000);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      }),
    );
  });
});

describe('a batch with false numbers', () => {
  const limits = { headers: 1_000, recordBytes: 1_000_000, batchBytes: 1_000_000 };
  const batch = (): Buffer => {
    const writer = new BatchWriter(Buffer.alloc(1_000));
    const record = {
      topic: 't',
      key: Buffer.from('k'),
      value: Buffer.from('value'),
      headers: [[Buffer.from('h'), Buffer.from('1')]] as const,
    };
    writer.append(new RecordView().set(record), 0);
    return Buffer.from(writer.seal({ id: 1n, epoch: 0 }, 0, 0));
  };

  it('is read within its bytes, or not at all, in little time', () => {
    fc.assert(
      fc.property(fc.nat(batch().length - 62), fc.integer({ min: 0, max: 255 }), fc.integer(), (at, byte, count) => {
        const lying = batch();
        lying[61 + at] = byte;
        lying.writeInt32BE(count, 57);
        try {
          const records = new BatchReader('t', 0, lying, 0n, limits).take(64);
          for (const { key, value } of records) expect((key?.length ?? 0) + (value?.length ?? 0)).toBeLessThan(lying.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is rejected if a number does not end', () => {
    expect(() => new ByteReader(Buffer.alloc(1_000_000, 0xff)).varint()).toThrow('longer than 5 bytes');
    expect(() => new ByteReader(Buffer.alloc(1_000_000, 0xff)).skipVarlong()).toThrow('longer than 10 bytes');
  });
});
