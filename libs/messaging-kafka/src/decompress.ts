import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import { lz4Size, snappySize } from './declared-size.js';

/** The decompressed data exceeds the limit. */
export class ExpandsTooMuch extends Error {
  constructor(readonly limit: number) {
    super(`the batch expands to more than ${limit} bytes`);
    this.name = 'ExpandsTooMuch';
  }
}

/** The compression codecs of record batches, with Kafka's numbers. */
const kinds = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

/** A frame may require a window of up to 128 MiB; the levels used by Kafka's clients require at most 8 MiB. */
const zstdParams = { [constants.ZSTD_d_windowLogMax]: 23 };
const tooMuch = new Set(['ERR_BUFFER_TOO_LARGE', 'ZSTD_error_frameParameter_windowTooLarge']);
/** The maximum expansion of an LZ4 block. */
const lz4LargestRatio = 255;

/** Decompresses the records of a batch. Throws ExpandsTooMuch before they take more than `limit` bytes. */
export function decompressWithin(limit: number, compression: number, bytes: Buffer): Buffer {
  if (compression === kinds.gzip) return inflated(limit, () => gunzipSync(bytes, { maxOutputLength: limit }));
  if (compression === kinds.zstd) {
    return inflated(limit, () => zstdDecompressSync(bytes, { maxOutputLength: limit, params: zstdParams }));
  }
  const algorithm = compressionsAlgorithmsByBitmask[compression as keyof typeof compressionsAlgorithmsByBitmask];
  if (!algorithm) throw new Error(`unknown compression codec ${compression} of a record batch`);
  // These two codecs allocate the whole result at once, so its size is checked first.
  if (compression === kinds.snappy && !(snappySize(bytes) <= limit)) throw new ExpandsTooMuch(limit);
  if (compression === kinds.lz4 && bytes.length * lz4LargestRatio > limit && !(lz4Size(bytes) <= limit)) throw new ExpandsTooMuch(limit);
  return algorithm.decompressSync(bytes);
}

function inflated(limit: number, inflate: () => Buffer): Buffer {
  try {
    return inflate();
  } catch (error) {
    if (tooMuch.has((error as NodeJS.ErrnoException).code ?? '')) throw new ExpandsTooMuch(limit);
    throw error;
  }
}
