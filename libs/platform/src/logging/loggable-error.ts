import { isUnavailable } from '../errors/dependency-unavailable.js';

/** The logged fields of an error. */
interface LoggableError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | number | undefined;
  readonly cause?: LoggableError | undefined;
  /** The errors of an AggregateError. */
  readonly errors?: readonly LoggableError[];
}

const deepest = 5;

/**
 * Reduces an error to its type, message, code, stack and cause. Other properties are dropped: Postgres's detail repeats the
 * rejected row, and TypeORM's parameters repeat the values. During an outage every request fails in the same way, hence without
 * stacks.
 */
export const loggableError = (error: unknown): LoggableError => loggable(error, { depth: deepest, hasStack: !isUnavailable(error) });

function loggable(error: unknown, { depth, hasStack }: { depth: number; hasStack: boolean }): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  const deeper = { depth: depth - 1, hasStack };
  return {
    type: name,
    message,
    ...(hasStack ? { stack } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause !== undefined && depth > 0 ? { cause: loggable(cause, deeper) } : {}),
    ...(error instanceof AggregateError && depth > 0 ? { errors: error.errors.map((each) => loggable(each, deeper)) } : {}),
  };
}
