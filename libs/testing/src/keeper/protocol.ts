/** The keeper's response about a server. */
export interface PostgresAddress {
  readonly adminUrl: string;
  /** The secret from which the passwords of the roles are derived. */
  readonly secret: string;
}

export interface KafkaAddress {
  readonly brokers: string;
}

export interface PrivateKafkaAddress extends KafkaAddress {
  /** The folder of its logs, with a folder per partition. */
  readonly dataFolder: string;
  /** The folder of its certificate and passwords, if it is secured. */
  readonly securityFolder?: string | undefined;
}

/** The kind of a private Kafka. */
export interface KafkaKind {
  readonly advertisedPort?: number;
  /** Whether it accepts only known users, over TLS. */
  readonly isSecured?: boolean;
}

export interface PrivateServer<Address> {
  readonly id: string;
  readonly address: Address;
}

/** The environment variable with the address of the process that forwards to the keeper. */
export const keeperVariable = 'FTGO_TEST_INFRASTRUCTURE';

/** Posts to a local process of the test run, which responds in JSON. */
export async function post<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url, { method: 'POST' });
  const body = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(body.error ?? `${url}: ${response.status}`);
  return body as Answer;
}
