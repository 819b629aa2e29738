/** A response as received by a client. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed if it is JSON of any kind, otherwise text. */
  readonly body: unknown;
}

const patienceMs = 10_000;

/** Sends JSON, or a string unchanged. */
export async function call(method: string, url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
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
