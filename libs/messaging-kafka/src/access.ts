import { AccessDenied, BrokerUnavailable } from '@ftgo/messaging/broker';
import { code } from './codes.js';

/** What an operator checks if Kafka denies access: the settings, by the names under which they are set. */
export interface AccessNames {
  readonly tls: string;
  readonly username: string;
  readonly password: string;
}

/** The user of a client, as errors show it. */
export interface Access {
  readonly username: string | undefined;
  readonly names: AccessNames;
}

const optionNames: AccessNames = { tls: 'tls', username: 'sasl.username', password: 'sasl.password' };

export const accessOf = (username: unknown, names: AccessNames = optionNames): Access => ({
  username: typeof username === 'string' ? username : undefined,
  names,
});

/** OpenSSL's and Node's codes for a certificate, or a handshake, that fails. */
const tlsCodes = /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|ERR_TLS_|ERR_SSL_)/;
const credentialCodes: ReadonlySet<unknown> = new Set([
  code.unsupportedSaslMechanism,
  code.illegalSaslState,
  code.saslAuthenticationFailed,
]);
const permissionCodes: ReadonlySet<unknown> = new Set([
  code.topicAuthorizationFailed,
  code.groupAuthorizationFailed,
  code.clusterAuthorizationFailed,
]);

export const isDenied = (errorCode: number): boolean => permissionCodes.has(errorCode);

/** The error for an operation that failed; an AccessDenied if the configuration must be corrected. */
export function failureOf(what: string, error: unknown, access: Access): BrokerUnavailable {
  const causes = causesOf(error);
  const known = causes.find((each) => each instanceof AccessDenied) ?? causes[0];
  if (known instanceof BrokerUnavailable) return known;
  for (const cause of causes) {
    const why = denialOf(cause, access);
    if (why !== undefined) return new AccessDenied(`${what}: ${why}`, { cause: error });
  }
  return new BrokerUnavailable(`${what}: ${innermost(causes)}`, { cause: error });
}

export const notPermitted = (what: string, access: Access): AccessDenied => new AccessDenied(`${what}: ${permission(access)}`);

function denialOf(cause: Error, access: Access): string | undefined {
  const { names } = access;
  const { code: own, apiCode } = cause as { code?: unknown; apiCode?: unknown };
  const { message } = cause;
  if (typeof own === 'string' && tlsCodes.test(own)) return `TLS failed: ${message}; check ${names.tls}`;
  if (message === 'Broker requires TLS.') return `Kafka requires TLS; set ${names.tls}`;
  if (credentialCodes.has(apiCode ?? own) || isRejectedByName(cause)) {
    return `Kafka rejects the credentials of ${userOf(access)}; check ${names.username} and ${names.password}`;
  }
  return permissionCodes.has(apiCode ?? own) ? permission(access) : undefined;
}

/** kafkajs drops the code of this error. It has the same name if the connection was lost. */
const isRejectedByName = ({ name, message }: Error): boolean =>
  name === 'KafkaJSSASLAuthenticationError' && /credentials|mechanism is not supported/i.test(message);

const permission = (access: Access): string =>
  `Kafka denies access to ${userOf(access)}; check ${access.names.username}, or change Kafka's access control lists`;

const userOf = ({ username }: Access): string => (username === undefined ? 'a client without credentials' : `user ${username}`);

/** The error and everything that caused it, the outermost first. */
function causesOf(error: unknown): Error[] {
  if (!(error instanceof Error)) return [new Error(String(error))];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return [error, ...[...inner, ...(error.cause === undefined ? [] : [error.cause])].flatMap(causesOf)];
}

const innermost = (causes: readonly Error[]): string => causes.findLast(({ message }) => message !== '')?.message ?? 'unknown error';
