const requestTimeoutMs = 2_000;

/** How long a registry may hold a request until the list of instances changes. */
export const longPollMs = 5_000;

export interface RegistryRequest {
  readonly method?: string;
  readonly body?: object;
  /** Time limit; longer for a request that waits for a change. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

/** A request to a registry's HTTP API. */
export function request(
  url: string,
  { method = 'GET', body, withinMs = requestTimeoutMs, signal }: RegistryRequest = {},
): Promise<Response> {
  const late = AbortSignal.timeout(withinMs);
  return fetch(url, {
    method,
    headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}) },
    signal: signal ? AbortSignal.any([signal, late]) : late,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** The body of a successful response. */
export async function bodyOf<Body>(response: Response): Promise<Body> {
  if (!response.ok) throw new Error(`${response.url} responded with ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return (await response.json()) as Body;
}
