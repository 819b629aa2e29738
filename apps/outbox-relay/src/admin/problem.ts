import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** A request that is not answered as it would like; RFC 9457, with the code that the services use for the same thing. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'Refused';
  }
}

export const notFound = (path: string): Refused => new Refused(404, 'ROUTE_NOT_FOUND', `nothing is at ${path}`);

export const methodNotAllowed = (path: string, allow: string): Refused =>
  new Refused(405, 'METHOD_NOT_ALLOWED', `${path} takes ${allow}`, { allow });

/** What the client is told of an error; of an unexpected one nothing. */
export function answerProblem(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  const { status, code, message, headers } = error instanceof Refused ? error : new Refused(500, 'INTERNAL_ERROR', '');
  const body = problemBody({ status, code, detail: message }, request.url?.split('?', 1)[0]);
  // What is left of the body is not read: the connection cannot be used again.
  const connection = request.complete ? {} : { connection: 'close' };
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers, ...connection }).end(body);
}

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

export const problemBody = ({ status, code, detail }: Problem, instance = '/'): string =>
  JSON.stringify({
    type: `urn:ftgo:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[status],
    status,
    detail: detail || undefined,
    instance,
    code,
  });
