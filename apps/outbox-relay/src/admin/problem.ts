import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** A rejected request; RFC 9457, with the code that the services use for the same problem. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'HttpProblem';
  }
}

export const notFound = (path: string): HttpProblem => new HttpProblem(404, 'ROUTE_NOT_FOUND', `no route for ${path}`);

export const methodNotAllowed = (path: string, allow: string): HttpProblem =>
  new HttpProblem(405, 'METHOD_NOT_ALLOWED', `method not allowed for ${path}; use ${allow}`, { allow });

/** The response to an error; reveals nothing about an unexpected one. */
export function answerProblem(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  const { status, code, message, headers } = error instanceof HttpProblem ? error : new HttpProblem(500, 'INTERNAL_ERROR', '');
  const body = problemBody({ status, code, detail: message }, request.url?.split('?', 1)[0]);
  // The rest of the body is not read, so the connection cannot be reused.
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
