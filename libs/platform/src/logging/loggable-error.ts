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
 * rejected row, and TypeORM's parameters repeat the values.
 */
export const loggableError = (error: unknown): LoggableError => loggable(error, deepest);

function loggable(error: unknown, depth: number): LoggableError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message,
    stack,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause !== undefined && depth > 0 ? { cause: loggable(cause, depth - 1) } : {}),
    ...(error instanceof AggregateError && depth > 0 ? { errors: error.errors.map((each) => loggable(each, depth - 1)) } : {}),
  };
}
