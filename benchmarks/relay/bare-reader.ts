// Reads the replication stream of a slot as it arrives, and discards it. Reports how many transactions it has seen.
import { Client } from 'pg';

const [url = '', slot = '', publication = ''] = process.argv.slice(2);
const [typeAndLength, copyData, xlogData, commit] = [5, 0x64, 0x77, 0x43];
/** In a CopyData message: its type and length, the type XLogData, three positions and times, and the type of the change. */
const changeAt = typeAndLength + 1 + 24;

const header = Buffer.alloc(changeAt + 1);
let [filled, wanted, skip, commits] = [0, typeAndLength, 0, 0];

/** Notes commits by the first bytes of each message, and skips the rest. */
function discard(chunk: Buffer): void {
  for (let at = 0; at < chunk.length; ) {
    if (skip > 0) {
      const skipped = Math.min(skip, chunk.length - at);
      skip -= skipped;
      at += skipped;
      continue;
    }
    const taken = chunk.copy(header, filled, at, at + wanted - filled);
    filled += taken;
    at += taken;
    if (filled === wanted) headerComplete();
  }
}

function headerComplete(): void {
  const length = 1 + header.readUInt32BE(1);
  if (wanted === typeAndLength && length > wanted) {
    wanted = Math.min(header.length, length);
    return;
  }
  if (wanted === header.length && header[0] === copyData && header[typeAndLength] === xlogData && header[changeAt] === commit) commits++;
  skip = length - wanted;
  [filled, wanted] = [0, typeAndLength];
}

const client = new Client({ connectionString: url, ...({ replication: 'database' } as object) });
await client.connect();
const { connection } = client as unknown as { connection: { stream: NodeJS.ReadableStream; query(text: string): void } };
connection.stream.removeAllListeners('data');
connection.stream.on('data', discard);
connection.query(`START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names '"${publication}"')`);
setInterval(() => process.send?.(commits), 50);
