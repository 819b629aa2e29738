import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

const mostBytes = 16 * 1024;

/** A rejected request; RFC 9457, with the code that the services use for the same problem. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'HttpProblem';
  }
}

export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new HttpProblem(413, 'BODY_TOO_LARGE', `the body is larger than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function answerJson(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Reveals nothing about an unexpected error. */
export function answerProblem(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  const { status, code, message } = error instanceof HttpProblem ? error : new HttpProblem(500, 'INTERNAL_ERROR', '');
  const type = `urn:ftgo:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const body = { type, title: STATUS_CODES[status], status, detail: message || undefined, instance: request.url?.split('?', 1)[0], code };
  const authenticate = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  const headers = { 'content-type': 'application/problem+json', connection: 'close', ...authenticate };
  response.writeHead(status, headers).end(JSON.stringify(body));
}
