import { type Migration, sqlMigration } from './sql-migration.js';

/** The table of `Ownership`, as a migration of the service with this number. */
export const ownershipTable = (number: number, ...indexes: readonly string[]): Migration =>
  sqlMigration('Ownership', number, [table, index, ...indexes], ['DROP TABLE ownership']);

const table = `CREATE TABLE ownership (
  kind text NOT NULL,
  id bigint NOT NULL,
  principal text NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (kind, id)
)`;

const index = 'CREATE INDEX ownership_by_principal ON ownership (principal)';
