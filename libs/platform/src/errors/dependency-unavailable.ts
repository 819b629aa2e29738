import { classify } from '@ftgo/messaging';

/** A service or database that a request needs is not there; the caller may try again. */
export class DependencyUnavailable extends Error {
  readonly retryAfterSeconds: number;

  constructor(
    readonly dependency: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(`${dependency} is not available`, { cause: options.cause });
    this.name = 'DependencyUnavailable';
    this.retryAfterSeconds = options.retryAfterSeconds ?? 1;
  }
}

/** pg's and TypeORM's words for a connection that is lost or hangs, which carry no code. */
const lostConnection = /Query read timeout|Driver not Connected|Query runner already released|Connection terminated/i;

/** Whether an error says that the database (or another dependency) cannot be reached or cannot work now, rather than that the request is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DependencyUnavailable || classify(error) === 'infrastructure') return true;
  for (let e = error; e instanceof Error; e = (e as { driverError?: unknown }).driverError ?? e.cause) {
    if (lostConnection.test(e.message)) return true;
  }
  return false;
}
