import { once } from 'node:events';
import { createGzip, createZstdCompress } from 'node:zlib';
import { Connection, compressionsAlgorithms, crc32c, produceV9, Writer } from '@platformatic/kafka';
import { varintSize, writeVarint } from '../src/bytes.js';

export type Compression = 'gzip' | 'snappy' | 'lz4' | 'zstd';

interface Expanding {
  readonly brokers: string;
  readonly topic: string;
  readonly compression: Compression;
  /** The size of the only record's value, which is all zeros. */
  readonly valueBytes: number;
}

const zeros = Buffer.alloc(1024 * 1024);
const batchHeaderBytes = 61;

/** Writes a batch with one large record that is small when compressed, without ever holding the record. */
export async function writeExpanding({ brokers, topic, compression, valueBytes }: Expanding): Promise<void> {
  const batch = sealed(compressionsAlgorithms[compression].bitmask, await compressed(compression, recordOf(valueBytes)));
  const connection = new Connection('rogue', { requestTimeout: 60_000 });
  const [host = '', port] = brokers.split(':');
  await connection.connect(host, Number(port));
  const request = () =>
    Writer.create()
      .appendString(null)
      .appendInt16(-1)
      .appendInt32(30_000)
      .appendArray([topic], (topics, name) => {
        topics.appendString(name).appendArray([0], (partitions) => {
          partitions
            .appendInt32(0)
            .appendUnsignedVarInt(batch.length + 1)
            .append(batch);
        });
      })
      .appendTaggedFields();
  const { key, version } = produceV9.api;
  await new Promise<void>((resolve, reject) => {
    connection.send(key, version, request, produceV9.parseResponse, true, true, (error) => (error ? reject(error) : resolve()));
  });
  await connection.close();
}

/** The pieces of an encoded record. */
function* recordOf(valueBytes: number): Generator<Buffer> {
  const length = 3 + 1 + varintSize(valueBytes) + valueBytes + 1;
  const head = Buffer.alloc(16);
  let at = writeVarint(length, head, 0);
  at += 3; // attributes, and the deltas of timestamp and offset
  head[at++] = 1; // no key
  yield head.subarray(0, writeVarint(valueBytes, head, at));
  for (let left = valueBytes; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length));
  yield Buffer.from([0]); // no headers
}

async function compressed(compression: Compression, pieces: Iterable<Buffer>): Promise<Buffer> {
  if (compression === 'snappy' || compression === 'lz4') {
    return compressionsAlgorithms[compression].compressSync(Buffer.concat([...pieces]));
  }
  const stream = compression === 'gzip' ? createGzip() : createZstdCompress();
  const output: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => output.push(chunk));
  const end = once(stream, 'end');
  for (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
  stream.end();
  await end;
  return Buffer.concat(output);
}

/** A record batch, format 2, of one record. */
function sealed(compression: number, records: Buffer): Buffer {
  const header = Buffer.alloc(batchHeaderBytes);
  header.writeInt32BE(batchHeaderBytes - 12 + records.length, 8);
  header.writeInt32BE(-1, 12);
  header[16] = 2;
  header.writeInt16BE(compression, 21);
  const now = BigInt(Date.now());
  header.writeBigInt64BE(now, 27);
  header.writeBigInt64BE(now, 35);
  header.writeBigInt64BE(-1n, 43);
  header.writeInt16BE(-1, 51);
  header.writeInt32BE(-1, 53);
  header.writeInt32BE(1, 57);
  const batch = Buffer.concat([header, records]);
  batch.writeUInt32BE(crc32c(Writer.create().append(batch.subarray(21)).dynamicBuffer), 17);
  return batch;
}
