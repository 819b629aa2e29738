/** The Kafka error codes that this client distinguishes. */
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
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  invalidTimestamp: 32,
  unsupportedSaslMechanism: 33,
  illegalSaslState: 34,
  topicExists: 36,
  unsupportedForMessageFormat: 43,
  policyViolation: 44,
  saslAuthenticationFailed: 58,
  memberIdRequired: 79,
  unknownTopicId: 100,
  fencedInstance: 82,
  invalidRecord: 87,
} as const;

/** Permanent errors of a produce request. */
const permanentCodes: ReadonlySet<number> = new Set([
  code.messageTooLarge,
  code.invalidTopic,
  code.recordListTooLarge,
  code.invalidTimestamp,
  code.unsupportedForMessageFormat,
  code.policyViolation,
  code.invalidRecord,
]);

export const isPermanent = (errorCode: number): boolean => permanentCodes.has(errorCode);
export const isTooLarge = (errorCode: number): boolean => errorCode === code.messageTooLarge || errorCode === code.recordListTooLarge;
