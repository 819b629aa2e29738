import { classify } from '@ftgo/messaging';

/** A service or database that a request needs is unavailable; the caller may retry. */
export class DependencyUnavailable extends Error {
  readonly retryAfterSeconds: number;

  constructor(
    readonly dependency: string,
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(`${dependency} is unavailable`, { cause: options.cause });
    this.name = 'DependencyUnavailable';
    this.retryAfterSeconds = options.retryAfterSeconds ?? 1;
  }
}

/** The messages of pg and TypeORM for a connection that is lost or hangs; these errors have no code. */
const lostConnection = /Query read timeout|Driver not Connected|Query runner already released|Connection terminated/i;

/** Whether an error means that the database or another dependency is unavailable, rather than that the request is invalid. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DependencyUnavailable || classify(error) === 'infrastructure') return true;
  for (let e = error; e instanceof Error; e = (e as { driverError?: unknown }).driverError ?? e.cause) {
    if (lostConnection.test(e.message)) return true;
  }
  return false;
}
