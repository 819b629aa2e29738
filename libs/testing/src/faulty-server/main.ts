// A server that fails as its parent asks; a process of its own, so that it can really crash.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Fault, FaultySettings } from './faults.js';

const settings = JSON.parse(process.argv[2] as string) as FaultySettings;
const correct = Buffer.from(settings.correct, 'base64');
const wrong = Buffer.from(settings.wrong, 'base64');
let fault: Fault = 'none';

/** What a protocol adds to the behaviour that all have in common. */
interface Reply {
  respond(content: Buffer): void;
  respondWithoutEnd(): void;
  respondWithOtherHeaders(): void;
  readonly socket: Socket | undefined;
}

const behaviour: Record<Fault, (reply: Reply) => void> = {
  none: (reply) => reply.respond(correct),
  crash: () => process.kill(process.pid, 'SIGKILL'),
  omission: () => undefined,
  timing: (reply) => void setTimeout(() => reply.respond(correct), settings.lateMs),
  response: (reply) => reply.respond(wrong),
  'arbitrary bytes': ({ socket }) => void socket?.write(randomBytes(10_000)),
  'arbitrary content': (reply) => reply.respond(randomBytes(1_000)),
  'arbitrary length': (reply) => reply.respondWithoutEnd(),
  'arbitrary headers': (reply) => reply.respondWithOtherHeaders(),
};

const chunk = randomBytes(64 * 1024);

/** Writes as fast as the reader reads, until the connection ends. */
async function writeForever(to: ServerResponse | ServerHttp2Stream): Promise<void> {
  while (!to.destroyed && to.writable) if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
}

function replyOfHttp(response: ServerResponse): Reply {
  response.on('error', () => undefined);
  const json = { 'content-type': 'application/json' };
  return {
    socket: response.socket ?? undefined,
    respond: (content) => void response.writeHead(200, json).end(content),
    respondWithoutEnd: () => {
      response.writeHead(200, json);
      void writeForever(response);
    },
    respondWithOtherHeaders: () => void response.writeHead(299, { 'content-type': 'image/png' }).end(correct),
  };
}

/** A message of gRPC over HTTP/2: a byte for compression, the length, and the bytes. */
const framed = (content: Buffer, length = content.length): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, content]);
};

function replyOfGrpc(stream: ServerHttp2Stream, socket: Socket | undefined): Reply {
  stream.on('error', () => undefined);
  const headers = { ':status': 200, 'content-type': 'application/grpc+proto' };
  return {
    socket,
    respond: (content) => {
      if (stream.destroyed) return;
      stream.respond(headers, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(framed(content));
    },
    respondWithoutEnd: () => {
      stream.respond(headers);
      stream.write(framed(Buffer.alloc(0), 2 ** 31));
      void writeForever(stream);
    },
    respondWithOtherHeaders: () => {
      stream.respond({ ':status': 299, 'content-type': 'image/png', 'grpc-status': 'seven' });
      stream.end(correct);
    },
  };
}

function grpcServer() {
  const sockets = new WeakMap<object, Socket>();
  let last: Socket | undefined;
  const server = createHttp2Server();
  server.on('connection', (socket: Socket) => (last = socket));
  server.on('session', (session) => {
    if (last) sockets.set(session, last);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream) => {
    stream.resume();
    behaviour[fault](replyOfGrpc(stream, stream.session && sockets.get(stream.session)));
  });
  return server;
}

const httpServer = () => createHttpServer((_request, response) => behaviour[fault](replyOfHttp(response)));

const server = settings.protocol === 'grpc' ? grpcServer() : httpServer();
server.listen(settings.port, '127.0.0.1');
await once(server, 'listening');
process.on('message', (next: Fault) => {
  fault = next;
  process.send?.('set');
});
process.once('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });
