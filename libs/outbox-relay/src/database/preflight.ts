import type { Client } from 'pg';
import { logProblems, readFacts as readProofFacts } from '../checkpoint/proof.js';
import { neededColumns } from '../record/record-encoder.js';
import { Misconfigured, NotMigrated } from '../relay-errors.js';
import { checkEnvironment } from './control.js';

interface Facts {
  readonly role: string;
  readonly wal_level: string;
  readonly outbox: string | null;
  readonly checkpoint: string | null;
  readonly is_upgraded: boolean;
  readonly may_replicate: boolean;
  readonly slots: number;
  readonly wal_senders: number;
}

/** What reading the log requires of the server. */
export interface ServerNeeds {
  readonly publication: string;
  /** The databases of this server that the relay reads from the log. */
  readonly databases: number;
}

/** Checks everything that reading the log requires. Throws NotMigrated, or Misconfigured with every problem. */
export async function checkForLog(client: Client, { publication, databases }: ServerNeeds): Promise<void> {
  await checkEnvironment(client);
  const facts = await readFacts(client);
  const { role, wal_level, may_replicate, slots, wal_senders } = facts;
  const problems: string[] = [];
  if (wal_level !== 'logical') problems.push(`wal_level is ${wal_level}: set wal_level = logical and restart PostgreSQL`);
  if (!may_replicate) problems.push(`role ${role} may not replicate: ALTER ROLE ${role} REPLICATION`);
  const tooFew = (name: string, value: number) =>
    problems.push(
      `${name} is ${value}, but the relay reads ${databases} ${databases === 1 ? 'database' : 'databases'}: raise ${name} and restart PostgreSQL`,
    );
  if (slots < databases) tooFew('max_replication_slots', slots);
  if (wal_senders < databases) tooFew('max_wal_senders', wal_senders);
  if (problems.length === 0) {
    problems.push(...(await tableProblems(client, facts)), ...logProblems(await readProofFacts(client, publication), publication));
  }
  if (problems.length > 0) throw new Misconfigured(problems);
}

/** Whether a slot retains the log without a limit: while the relay is down, the disk may then become full. */
export async function retainsAnything(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ limit: string }>(`SELECT setting AS limit FROM pg_settings WHERE name = 'max_slot_wal_keep_size'`);
  return rows[0]?.limit === '-1';
}

/** The same for a polling relay, which needs only the tables. */
export async function checkForPolling(client: Client): Promise<void> {
  await checkEnvironment(client);
  const problems = await tableProblems(client, await readFacts(client));
  if (problems.length > 0) throw new Misconfigured(problems);
}

async function readFacts(client: Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(`
    SELECT current_user AS role, current_setting('wal_level') AS wal_level,
      current_setting('max_replication_slots')::int AS slots, current_setting('max_wal_senders')::int AS wal_senders,
      to_regclass('outbox')::text AS outbox, to_regclass('relay_checkpoint')::text AS checkpoint,
      EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('relay_checkpoint') AND attname = 'published_at') AS is_upgraded,
      (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user)
        -- Amazon RDS has a role for it instead of the attribute.
        OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication' AND pg_has_role(oid, 'MEMBER')) AS may_replicate`);
  return rows[0] as Facts;
}

async function tableProblems(client: Client, { role, outbox, checkpoint, is_upgraded }: Facts): Promise<string[]> {
  if (!checkpoint) throw new NotMigrated('table relay_checkpoint');
  if (!is_upgraded) throw new NotMigrated('column relay_checkpoint.published_at');
  if (!outbox) throw await lostOutbox(client);
  return [...(await rightsProblems(client, role)), ...(await columnProblems(client))];
}

/** A relay that has led identifies its table by oid, even if it was moved. */
async function lostOutbox(client: Client): Promise<Error> {
  const { rows } = await client.query<{ schema: string; is_outbox: boolean; table: string | null }>(`
    SELECT c.oid::regclass::text AS table, c.relname = 'outbox' AS is_outbox, quote_ident(current_schema()) AS schema
      FROM relay_checkpoint LEFT JOIN pg_class c ON c.oid::text = proof::jsonb ->> 'outbox' ORDER BY c.oid LIMIT 1`);
  const [found] = rows;
  if (!found) return new NotMigrated('table outbox');
  if (!found.table) return new Misconfigured(['table outbox was dropped: create it as messagingSchema() does']);
  const repair = found.is_outbox ? `SET SCHEMA ${found.schema}` : 'RENAME TO outbox';
  return new Misconfigured([`table outbox is now ${found.table}: ALTER TABLE ${found.table} ${repair}`]);
}

async function rightsProblems(client: Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ may_read: boolean; may_keep: boolean; filtered: string[] }>(`
    SELECT has_table_privilege('outbox', 'SELECT') AS may_read,
      has_table_privilege('relay_checkpoint', 'SELECT') AND has_table_privilege('relay_checkpoint', 'INSERT')
        AND has_table_privilege('relay_checkpoint', 'UPDATE') AS may_keep,
      ARRAY(SELECT name FROM unnest('{outbox,relay_checkpoint}'::text[]) AS name WHERE row_security_active(name)) AS filtered`);
  const { may_read, may_keep, filtered } = rows[0] as (typeof rows)[0];
  const problems: string[] = [];
  if (!may_read) problems.push(`role ${role} may not read the outbox: GRANT SELECT ON outbox TO ${role}`);
  if (!may_keep) problems.push(`role ${role} may not write its checkpoint: GRANT SELECT, INSERT, UPDATE ON relay_checkpoint TO ${role}`);
  for (const table of filtered)
    problems.push(`row security hides rows of ${table} from role ${role}: ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`);
  return problems;
}

/** Not needed from the log; a backfill selects its rows by them. */
const provingColumns = new Map([
  ['position', { type: 'bigint', oid: 20 }],
  ['xid', { type: 'xid8', oid: 5069 }],
  ['created_at', { type: 'timestamptz', oid: 1184 }],
]);

async function columnProblems(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; oid: number }>(
    `SELECT attname AS name, atttypid::int AS oid FROM pg_attribute WHERE attrelid = 'outbox'::regclass AND attnum > 0 AND NOT attisdropped`,
  );
  const actual = new Map(rows.map(({ name, oid }) => [name, oid]));
  return [...neededColumns, ...provingColumns]
    .filter(([column, { oid }]) => actual.get(column) !== oid)
    .map(([column, { type }]) => `outbox has no column ${column} of type ${type}: compare it with messagingSchema()`);
}
