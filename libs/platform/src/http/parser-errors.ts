import { randomBytes } from 'node:crypto';
import { type IncomingMessage, maxHeaderSize, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { spanContextOf } from '@ftgo/messaging/telemetry';
import { bodyOf, type Problem, type ProblemSource, problemMediaType, problemOf } from './problem.js';
import { ProtocolError } from './protocol-error.js';

/** The error that Node reports for bytes it cannot parse as a request. */
interface ParserError extends Error {
  readonly code?: string;
  /** A Buffer, despite Fastify's type. */
  readonly rawPacket?: unknown;
  /** The offset in the packet. */
  readonly bytesParsed?: number;
}

/** Notified of every response, for logs and metrics. */
export type Observe = (answer: Problem & ProblemSource) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** How long a client may take to read why its connection is closed. */
const lingerMs = 1_000;

/** Returns a problem where Node would respond by itself or not at all: for requests that never reach Fastify. */
export class ParserErrors {
  private readonly exchanges = new WeakMap<Duplex, Exchange[]>();
  private readonly ended = new WeakSet<Duplex>();

  constructor(private readonly observe: Observe) {}

  /** For the adapter: a request without a Host header gets our response instead of Node's. */
  readonly serverOptions = { requireHostHeader: false };

  readonly onClientError = (error: ParserError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable || this.ended.has(socket)) return void socket.destroy();
    const exchanges = (this.exchanges.get(socket) ?? []).filter(({ response }) => !response.writableFinished);
    const current = exchanges.at(-1);
    // The request with the broken body already has its response.
    if (current && !current.request.complete && current.response.headersSent) return void socket.destroy();
    this.ended.add(socket);
    const earlier = exchanges.findLast(({ request }) => request.complete);
    // Earlier requests on this connection get their responses first, since the client matches responses by order.
    if (earlier) earlier.response.once('close', () => this.end(socket, error));
    else this.end(socket, error);
  };

  listen(server: Server): void {
    server.prependListener('request', (request, response) => this.note(request, response));
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      const answer = this.answer(new ProtocolError(417, `unsupported expectation '${String(request.headers.expect)}'`), request);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
      // Node hands over the socket without an error listener: a client that resets its connection would end the process.
      socket.on('error', () => socket.destroy());
      write(socket, this.answer(new ProtocolError(501, 'this server is not a proxy')));
    });
  }

  private note(request: IncomingMessage, response: ServerResponse): void {
    const before = (this.exchanges.get(request.socket) ?? []).filter((each) => !each.response.writableFinished);
    this.exchanges.set(request.socket, [...before, { request, response }]);
  }

  private end(socket: Duplex, error: ParserError): void {
    if (socket.writable) write(socket, this.answer(protocolErrorOf(error), { url: pathIn(error) }));
  }

  private answer(error: ProtocolError, request: { url?: string | undefined; headers?: IncomingMessage['headers'] } = {}) {
    const problem = problemOf(error);
    const traceId = spanContextOf({ traceparent: String(request.headers?.['traceparent']) })?.traceId ?? randomBytes(16).toString('hex');
    const instance = request.url?.split('?', 1)[0] ?? '/';
    this.observe({ ...problem, instance, traceId });
    const body = bodyOf(problem, { instance, traceId });
    const headers = {
      'content-type': problemMediaType,
      'content-length': Buffer.byteLength(body),
      'x-trace-id': traceId,
      connection: 'close',
    };
    return { status: problem.status, headers, body };
  }
}

function protocolErrorOf(error: ParserError): ProtocolError {
  const { code = '', message } = error;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ProtocolError(408, 'the complete request was not received in time');
  if (code === 'HPE_HEADER_OVERFLOW' && isInFirstLine(error)) return new ProtocolError(414, 'the URL is too long');
  if (code === 'HPE_HEADER_OVERFLOW') return new ProtocolError(431, 'the URL and the headers together are too long');
  if (code === 'HPE_INVALID_VERSION' || code === 'HPE_PAUSED_H2_UPGRADE')
    return new ProtocolError(505, 'unsupported HTTP version; use HTTP/1.1');
  if (code === 'HPE_INVALID_METHOD' && pathIn(error)) return new ProtocolError(501, 'unknown method');
  return new ProtocolError(400, code.startsWith('HPE_') ? `invalid HTTP request: ${message.replace(/^Parse Error: /, '')}` : message);
}

const isInFirstLine = (error: ParserError): boolean =>
  pathIn(error) !== undefined && !packetOf(error).subarray(0, maxHeaderSize).includes('\n');

const packetOf = ({ rawPacket }: ParserError): Buffer => (Buffer.isBuffer(rawPacket) ? rawPacket : Buffer.alloc(0));

/** The path of the rejected request, if its first line is in the packet. */
function pathIn(error: ParserError): string | undefined {
  const text = packetOf(error).toString('latin1');
  const end = text.lastIndexOf('\r\n\r\n', error.bytesParsed ?? 0);
  return /^[!#$%&'*+.^_`|~\w-]+ (\/[\x21-\x3e\x40-\x7e]*)/.exec(end === -1 ? text : text.slice(end + 4))?.[1];
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
}

function write(socket: Duplex, { status, headers, body }: Answer): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  // Closing immediately would send a reset, and the client could lose the response.
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
