import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A server that accepts every login and returns one row for every query, simulating a version that is not installed. */
export interface PlayedPostgres {
  readonly url: string;
  close(): void;
}

const int4 = 23;
const text = 25;
const columns = [
  ['number', int4],
  ['text', text],
  ['pid', int4],
] as const;
const processId = 4_711;

/** Simulates a PostgreSQL of a given version for clients that only check the version. */
export async function playPostgres(version: { number: number; text: string }): Promise<PlayedPostgres> {
  const sockets = new Set<Socket>();
  const row = [String(version.number), version.text, String(processId)];
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    let isStarted = false;
    socket.on('data', (bytes) => {
      if (!isStarted) socket.write(Buffer.concat([message('R', int32(0)), message('K', int32(processId), int32(1)), ready]));
      else if (bytes[0] === 'Q'.charCodeAt(0)) socket.write(answerOf(row));
      else if (bytes[0] === 'X'.charCodeAt(0)) socket.end();
      isStarted = true;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `postgres://somebody:secret@127.0.0.1:${port}/somewhere`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function answerOf(row: readonly string[]): Buffer {
  const described = columns.map(([name, oid]) =>
    Buffer.concat([cString(name), int32(0), int16(0), int32(oid), int16(-1), int32(-1), int16(0)]),
  );
  const values = row.map((value) => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]));
  return Buffer.concat([
    message('T', int16(columns.length), ...described),
    message('D', int16(row.length), ...values),
    message('C', cString('SELECT 1')),
    ready,
  ]);
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

const cString = (value: string) => Buffer.from(`${value}\0`);
const ready = message('Z', Buffer.from('I'));
