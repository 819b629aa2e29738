/** The statements that make the table of {@link IdempotentRequests}, for a migration. */
export const idempotencySchema = (): readonly string[] => [
  `CREATE TABLE idempotency_key (
    caller text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, route, key)
  )`,
  'CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at)',
];
