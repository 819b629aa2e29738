/** What the keeper answers about a server. */
export interface PostgresAddress {
  readonly adminUrl: string;
  /** From which the passwords of the roles are derived. */
  readonly secret: string;
}

export interface KafkaAddress {
  readonly brokers: string;
}

export interface PrivateKafkaAddress extends KafkaAddress {
  /** Where its logs are, a folder a partition. */
  readonly dataFolder: string;
}

export interface PrivateServer<Address> {
  readonly id: string;
  readonly address: Address;
}

/** The environment variable by which a test process finds the one that leads to the keeper. */
export const keeperVariable = 'FTGO_TEST_INFRASTRUCTURE';

/** Posts to a local process of the test run, which answers in JSON. */
export async function post<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url, { method: 'POST' });
  const body = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(body.error ?? `${url}: ${response.status}`);
  return body as Answer;
}
