import type { People, Sent } from './people.js';

/** A response as received by a client. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed if it is JSON of any kind, otherwise text. */
  readonly body: unknown;
}

const patienceMs = 30_000;

/** Who sends the requests, while security is on. */
let people: People | undefined;

/** From now on, requests carry the tokens of these people. */
export function sendAs(those: People): void {
  people = those;
}

/** The people who send the requests; undefined while security is off. */
export const senders = (): People | undefined => people;

/** Sends JSON, or a string unchanged. */
export function call(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = { method, url, body };
  return people ? people.send(sent, (identity) => send(sent, { ...identity, ...headers })) : send(sent, headers);
}

async function send({ method, url, body }: Sent, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: body === undefined ? headers : { 'content-type': 'application/json; charset=UTF-8', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
}

/** The body of a response, which must be 200. */
export async function succeeded<Body>(answer: Promise<Answer>): Promise<Body> {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`the response is ${status}: ${JSON.stringify(body)}`);
  return body as Body;
}
