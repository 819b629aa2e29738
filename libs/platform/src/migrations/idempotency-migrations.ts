import { type Migration, sqlMigration } from './sql-migration.js';

/** The table of `IdempotentRequests`, as the service's migration of this number. */
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
