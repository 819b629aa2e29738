import type { Measures } from './measures.js';
import type { Target } from './target.js';

/** A response with its body, or the code of what was returned or happened instead. */
export type Answer<Body> = { readonly body: Body; readonly code?: never } | { readonly code: string; readonly body?: never };

export interface Request {
  /** The kind under which it is measured. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: object;
}

const patienceMs = 30_000;

/** The code of a request that could not be started. */
export const notStarted = 'NOT_STARTED';

/** The gateway as used by clients; no more than a number of requests at once, so that an overload cannot exhaust the memory. */
export class Requests {
  private readonly sent = new Set<Promise<unknown>>();

  constructor(
    private readonly target: Pick<Target, 'gateway' | 'headers'>,
    private readonly mostInFlight: number,
    private readonly measures: Measures,
  ) {}

  get inFlight(): number {
    return this.sent.size;
  }

  /** Resolves when no request is in flight. */
  async idle(): Promise<void> {
    while (this.sent.size > 0) await Promise.all(this.sent);
  }

  /** Measured from the time at which it was due, whenever it was sent. */
  async send<Body>(request: Request, dueAt = performance.now()): Promise<Answer<Body>> {
    const { what } = request;
    if (this.sent.size >= this.mostInFlight) {
      this.measures.notStarted(what);
      return { code: notStarted };
    }
    const answering = this.answer<Body>(request);
    this.sent.add(answering);
    const answer = await answering;
    this.sent.delete(answering);
    if (answer.code === undefined) this.measures.latency(what, performance.now() - dueAt);
    else this.measures.error(what, answer.code);
    return answer;
  }

  private async answer<Body>({ method, path, body }: Request): Promise<Answer<Body>> {
    try {
      const identity = await this.target.headers?.();
      const response = await fetch(`${this.target.gateway}${path}`, {
        method,
        headers: { ...identity, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await response.text();
      return response.ok ? { body: JSON.parse(text) as Body } : { code: problemIn(text) ?? `HTTP_${response.status}` };
    } catch (error) {
      return { code: reasonOf(error as Error) };
    }
  }
}

/** Errors of requests that were sent and have no response: the service may have done what they asked for. */
export const hasNoResponse = (code: string): boolean => code.startsWith(noResponse);
const noResponse = 'no response: ';

function problemIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { code?: string }).code;
  } catch {
    return undefined;
  }
}

/** The cause of a failed fetch has the reason. */
function reasonOf({ name, message, cause }: Error): string {
  if (name === 'SyntaxError') return 'INVALID_JSON';
  if (name === 'TimeoutError') return `${noResponse}timeout`;
  const { code } = (cause ?? {}) as { code?: string };
  return `${noResponse}${code ?? message}`;
}
