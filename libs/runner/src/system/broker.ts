import { PgClient } from '@ftgo/messaging/postgres';
import { config } from '../config.js';
import { whyNoKafka, whyNoSecuredKafka } from '../kafka/kafka.js';
import { brokerDatabase, passwordsFrom, urlFor } from '../postgres/provision.js';
import { UserError } from '../user-error.js';
import type { BrokerKind, Home } from './home.js';
import { type PortPlan, portOf } from './port-plan.js';

/** The broker and its address. */
export type BrokerAccess =
  | {
      readonly kind: 'kafka';
      readonly brokers: string;
      /** The folder of the certificate and the passwords, if Kafka accepts only known users. */
      readonly securityFolder?: string;
    }
  | { readonly kind: 'postgres'; readonly url: string };

interface Choice {
  readonly kind: BrokerKind;
  /** A notice for users who have not chosen the broker. */
  readonly why?: string;
}

/** As set by FTGO_BROKER, or as used by the existing data; otherwise Kafka if it can be started, else PostgreSQL. */
export function chooseBroker(home: Home, { isSecure = false } = {}): Choice {
  const given = givenBroker();
  const before = home.broker();
  if (given && before && given !== before) throw new UserError(otherBroker(home, given, before));
  if (given) return { kind: given };
  if (before === 'kafka') return { kind: before };
  const missing = isSecure ? whyNoSecuredKafka() : whyNoKafka();
  const advice = `install Java 17 or newer and Maven${isSecure ? '' : ', or start Docker'}`;
  if (missing) return { kind: 'postgres', why: `${missing}: messages go through PostgreSQL; to use Kafka, ${advice}` };
  return before
    ? { kind: before, why: 'messages go through PostgreSQL, as before; to use Kafka, run npm run reset, then npm start' }
    : { kind: 'kafka' };
}

function givenBroker(): BrokerKind | undefined {
  const given = config.broker ?? (config.brokers ? 'kafka' : config.brokerUrl && 'postgres');
  if (given === 'kafka' || given === 'postgres') return given;
  if (!given) return undefined;
  throw new UserError(`invalid FTGO_BROKER '${given}': expected kafka or postgres`);
}

/** Messages that are in one broker would never be handled through the other. */
const otherBroker = (home: Home, given: BrokerKind, before: BrokerKind) =>
  `cannot use ${given}: the data in ${home.folder} was created with ${before}, which may have messages in flight; ` +
  `set FTGO_BROKER=${before}, or delete the data with npm run reset`;

interface BrokerOptions {
  /** For the certificate and the passwords of a secured Kafka. */
  readonly securityFolder?: string | undefined;
  readonly adminUrl: string;
  readonly secret: string;
}

export function brokerAccess(kind: BrokerKind, ports: PortPlan, { adminUrl, secret, securityFolder }: BrokerOptions): BrokerAccess {
  if (kind === 'kafka') {
    if (config.brokers) return { kind, brokers: config.brokers };
    return { kind, brokers: `127.0.0.1:${portOf(ports, 'kafka')}`, ...(securityFolder ? { securityFolder } : {}) };
  }
  const own = { database: brokerDatabase, role: brokerDatabase, password: passwordsFrom(secret)(brokerDatabase) };
  return { kind, url: config.brokerUrl ?? urlFor(adminUrl, own) };
}

/** Fails with a one-line error if the database of FTGO_BROKER_URL cannot be used. */
export async function tryBrokerDatabase(url: string): Promise<void> {
  const client = new PgClient({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  try {
    await client.connect();
  } catch (cause) {
    const { message } = cause as Error;
    throw new UserError(`cannot connect to the database of FTGO_BROKER_URL: ${message}; correct the URL, or unset it`, { cause });
  } finally {
    await client.end().catch(() => {});
  }
}
