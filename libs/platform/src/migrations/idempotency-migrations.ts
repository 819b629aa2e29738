import { type Migration, sqlMigration } from './sql-migration.js';

/** The table of `IdempotentRequests`, as a migration of the service with this number. */
export const idempotencyKeys = (number: number): Migration =>
  sqlMigration('IdempotencyKeys', number, [table, index], ['DROP TABLE idempotency_key']);

const table = `CREATE TABLE idempotency_key (
  caller text NOT NULL,
  route text NOT NULL,
  key text NOT NULL,
  request_hash bytea NOT NULL,
  answer jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (caller, route, key)
)`;

const index = 'CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at)';

/** Scopes keys to a use case instead of a route; stored keys stay valid. */
export const idempotentOperations = (number: number, { route, operation }: { route: string; operation: string }): Migration =>
  sqlMigration(
    'IdempotentOperations',
    number,
    [
      'ALTER TABLE idempotency_key RENAME COLUMN route TO operation',
      `UPDATE idempotency_key SET operation = '${operation}' WHERE operation = '${route}'`,
    ],
    [
      `UPDATE idempotency_key SET operation = '${route}' WHERE operation = '${operation}'`,
      'ALTER TABLE idempotency_key RENAME COLUMN operation TO route',
    ],
  );
