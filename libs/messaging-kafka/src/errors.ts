import { BrokerUnavailable } from '@ftgo/messaging/broker';
import { GenericError, ProtocolError, ResponseError } from '@platformatic/kafka';

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

export function unavailable(what: string, error: unknown): BrokerUnavailable {
  if (error instanceof BrokerUnavailable) return error;
  return new BrokerUnavailable(`${what}: ${innermost(error)}`, { cause: error });
}

function innermost(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  if (error instanceof GenericError && error.cause) return innermost(error.cause);
  return error instanceof Error ? error.message : String(error);
}
