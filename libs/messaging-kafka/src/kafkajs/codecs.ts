import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';

const { CompressionCodecs, CompressionTypes } = kafkajs;
const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)];

let isKnown = false;

/** kafkajs itself reads gzip; Node provides zstd. Snappy and LZ4 need an external codec, which an application may add. */
export function readZstd(): void {
  if (isKnown) return;
  isKnown = true;
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compress(buffer),
    decompress: (buffer: Buffer) => decompress(buffer),
  });
}
