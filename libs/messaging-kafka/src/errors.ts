import { ProtocolError, ResponseError } from '@platformatic/kafka';

/** The message for an error code. */
export function describe(errorCode: number): string {
  const { message, apiId } = new ProtocolError(errorCode) as ProtocolError & { apiId: string };
  return `${apiId}: ${message}`;
}

/** The error codes in a Kafka response; empty if the error came from elsewhere. */
export function codesOf(error: unknown): number[] {
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  const apiCode = (error as { apiCode?: unknown } | undefined)?.apiCode;
  return typeof apiCode === 'number' ? [apiCode] : [];
}

/** The response itself, for callers that inspect each of its parts; other errors are rethrown. */
export const answerOf =
  <Answer>() =>
  (error: unknown): Answer => {
    if (error instanceof ResponseError) return (error as ResponseError & { response: Answer }).response;
    throw error;
  };
