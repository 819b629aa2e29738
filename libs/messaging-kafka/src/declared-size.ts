/** The header of Snappy data written in chunks, as Kafka's Java clients do. */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderBytes = 16;

/** The decompressed size that Snappy data declares; NaN if it is invalid. */
export function snappySize(bytes: Buffer): number {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return leadingVarint(bytes, 0);
  let size = 0;
  for (let at = xerialHeaderBytes; at + 4 <= bytes.length; at += 4 + bytes.readUInt32BE(at)) size += leadingVarint(bytes, at + 4);
  return size;
}

function leadingVarint(bytes: Buffer, start: number): number {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[start + i] ?? Number.NaN;
    value += (byte & 0x7f) * 0x80 ** i;
    if (Number.isNaN(byte)) return Number.NaN;
    if (byte < 0x80) return value;
  }
  return Number.NaN;
}

/** The flags of an LZ4 frame. */
const flag = { dictionary: 1, contentSize: 8, blockChecksum: 16 } as const;
const frameMagicBytes = 4;
const storedBit = 0x8000_0000;

/**
 * The decompressed size of an LZ4 frame; NaN if it is invalid. The frame need not declare it, so its sequences are added up,
 * without copying anything.
 */
export function lz4Size(bytes: Buffer): number {
  const flags = bytes[frameMagicBytes] ?? 0;
  let at = frameMagicBytes + 2 + (flags & flag.contentSize ? 8 : 0) + (flags & flag.dictionary ? 4 : 0) + 1;
  let size = 0;
  while (at + 4 <= bytes.length) {
    const header = bytes.readUInt32LE(at);
    at += 4;
    if (header === 0) return size;
    const length = header & ~storedBit;
    if (at + length > bytes.length) return Number.NaN;
    size += header >= storedBit ? length : blockSize(bytes, at, at + length);
    at += length + (flags & flag.blockChecksum ? 4 : 0);
  }
  return Number.NaN;
}

const shortestMatch = 4;
const nibble = 15;

function blockSize(bytes: Buffer, start: number, end: number): number {
  let size = 0;
  let at = start;
  /** A length that does not fit into its four bits continues in bytes, while they are full. */
  const extended = (length: number): number => {
    if (length < nibble) return length;
    let sum = length;
    let byte: number;
    do {
      byte = bytes[at++] ?? 0;
      sum += byte;
    } while (byte === 255);
    return sum;
  };
  while (at < end) {
    const token = bytes[at++] as number;
    const literals = extended(token >> 4);
    size += literals;
    at += literals;
    if (at >= end) break;
    at += 2;
    size += extended(token & nibble) + shortestMatch;
  }
  return size;
}
