import { BrokerUnavailable } from '@ftgo/messaging/broker';
import { GenericError, ProtocolError, ResponseError } from '@platformatic/kafka';

/** Kafka's error codes, as far as they are told apart here. */
export const code = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  invalidTopic: 17,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  clusterAuthorizationFailed: 31,
  invalidTimestamp: 32,
  topicExists: 36,
  unsupportedForMessageFormat: 43,
  policyViolation: 44,
  memberIdRequired: 79,
  unknownTopicId: 100,
  fencedInstance: 82,
  invalidRecord: 87,
} as const;

/** Answers to a produce request that will be the same for ever. */
const refusals: ReadonlySet<number> = new Set([
  code.messageTooLarge,
  code.invalidTopic,
  code.recordListTooLarge,
  code.topicAuthorizationFailed,
  code.clusterAuthorizationFailed,
  code.invalidTimestamp,
  code.unsupportedForMessageFormat,
  code.policyViolation,
  code.invalidRecord,
]);

export const isRefusal = (errorCode: number): boolean => refusals.has(errorCode);
export const isTooLarge = (errorCode: number): boolean => errorCode === code.messageTooLarge || errorCode === code.recordListTooLarge;

/** What an error code says, in words. */
export function describe(errorCode: number): string {
  const { message, apiId } = new ProtocolError(errorCode) as ProtocolError & { apiId: string };
  return `${apiId}: ${message}`;
}

/** The error codes in an answer of Kafka; empty when the error came from elsewhere. */
export function codesOf(error: unknown): number[] {
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  const apiCode = (error as { apiCode?: unknown } | undefined)?.apiCode;
  return typeof apiCode === 'number' ? [apiCode] : [];
}

/** The answer itself, for callers that look at each of its parts; other errors go on. */
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
