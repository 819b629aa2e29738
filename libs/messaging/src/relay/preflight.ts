import type { Client } from 'pg';
import { checkEnvironment } from './environment.js';
import { neededColumns } from './record-encoder.js';
import { Misconfigured, NotMigrated } from './relay-errors.js';

interface Facts {
  readonly role: string;
  readonly wal_level: string;
  readonly outbox: string | null;
  readonly checkpoint: string | null;
  readonly may_replicate: boolean;
}

/** Looks whether everything that the relay relies on is there. Throws NotMigrated or Misconfigured, naming every problem. */
export async function checkDatabase(client: Client, publication: string): Promise<void> {
  await checkEnvironment(client);
  const { rows } = await client.query<Facts>(`
    SELECT current_user AS role, current_setting('wal_level') AS wal_level,
      to_regclass('outbox')::text AS outbox, to_regclass('relay_checkpoint')::text AS checkpoint,
      (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_replicate`);
  const facts = rows[0] as Facts;
  const problems: string[] = [];
  if (facts.wal_level !== 'logical') problems.push(`wal_level is ${facts.wal_level}: set wal_level = logical and restart Postgres`);
  if (!facts.may_replicate) problems.push(`role ${facts.role} may not replicate: ALTER ROLE ${facts.role} REPLICATION`);
  if (problems.length === 0) {
    if (!facts.outbox) throw new NotMigrated('outbox');
    if (!facts.checkpoint) throw new NotMigrated('relay_checkpoint');
    problems.push(
      ...(await rightsProblems(client, facts.role)),
      ...(await columnProblems(client)),
      ...(await publicationProblems(client, publication)),
    );
  }
  if (problems.length > 0) throw new Misconfigured(problems);
}

async function rightsProblems(client: Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ may_read: boolean; may_keep: boolean }>(`
    SELECT has_table_privilege('outbox', 'SELECT') AS may_read,
      has_table_privilege('relay_checkpoint', 'SELECT') AND has_table_privilege('relay_checkpoint', 'INSERT')
        AND has_table_privilege('relay_checkpoint', 'UPDATE') AS may_keep`);
  const problems: string[] = [];
  if (!rows[0]?.may_read) problems.push(`role ${role} may not read the outbox: GRANT SELECT ON outbox TO ${role}`);
  if (!rows[0]?.may_keep)
    problems.push(`role ${role} may not keep its checkpoint: GRANT SELECT, INSERT, UPDATE ON relay_checkpoint TO ${role}`);
  return problems;
}

async function columnProblems(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; oid: number }>(
    `SELECT attname AS name, atttypid::int AS oid FROM pg_attribute WHERE attrelid = 'outbox'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  const actual = new Map(rows.map(({ name, oid }) => [name, oid]));
  return [...neededColumns]
    .filter(([column, { oid }]) => actual.get(column) !== oid)
    .map(([column, { type }]) => `outbox needs a column ${column} of type ${type}: compare it with messagingSchema()`);
}

async function publicationProblems(client: Client, publication: string): Promise<string[]> {
  const mend = `CREATE PUBLICATION ${publication} FOR TABLE outbox WITH (publish = 'insert', publish_via_partition_root = true)`;
  const { rows } = await client.query<{ pubinsert: boolean; pubviaroot: boolean; has_outbox: boolean }>(
    `SELECT pubinsert, pubviaroot, EXISTS (SELECT FROM pg_publication_tables t WHERE t.pubname = p.pubname AND t.tablename = 'outbox') AS has_outbox
      FROM pg_publication p WHERE pubname = $1`,
    [publication],
  );
  const [found] = rows;
  if (!found) return [`there is no publication ${publication}: ${mend}`];
  if (found.pubinsert && found.pubviaroot && found.has_outbox) return [];
  return [`publication ${publication} does not publish the inserts of outbox under that name: DROP PUBLICATION ${publication}; ${mend}`];
}
