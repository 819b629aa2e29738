import { waitUntil } from '@ftgo/runner/processes';
import { closeDatabase, ensureRole, passwordsFrom, relayRole, urlFor, urlOfDatabase } from '@ftgo/runner/provision';
import { Client } from 'pg';
import { sharedPostgres } from './infrastructure.js';
import type { PostgresAddress } from './keeper/protocol.js';
import { uniqueName } from './unique-name.js';

/** A private database for a spec, with the roles of a service's database. */
export interface TestDatabase {
  readonly name: string;
  /** The URL as the owner, which a service gets. */
  readonly url: string;
  /** The URL as `ftgo_relay`, which may replicate. */
  readonly relayUrl: string;
  /** The URL as the administrator of the server. */
  readonly adminUrl: string;
  /** Drops it with its replication slots, even if clients are connected. */
  drop(): Promise<void>;
}

/** How a database is created. */
export interface DatabaseTemplate {
  /** Databases with the same name share the result of `prepare`, which runs once per run. */
  readonly name: string;
  /** Applies migrations to an empty database, as its owner. */
  prepare(url: string): Promise<unknown>;
}

export interface TestDatabaseOptions {
  readonly template?: DatabaseTemplate;
  /** Another server than the shared one, from `startPostgres`. */
  readonly server?: PostgresAddress;
}

/** Creates a database, empty or from a template. */
export async function testDatabase({ template, server }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { adminUrl, secret } = server ?? (await sharedPostgres());
  const passwordOf = passwordsFrom(secret);
  const name = uniqueName('test');
  const addressOf = (database: string): Omit<TestDatabase, 'drop'> => ({
    name: database,
    url: urlFor(adminUrl, { database, role: owner, password: passwordOf(owner) }),
    relayUrl: urlFor(adminUrl, { database, role: relayRole, password: passwordOf(relayRole) }),
    adminUrl: urlOfDatabase(adminUrl, database),
  });
  await asAdmin(adminUrl, async (admin) => {
    // One at a time: Postgres refuses to copy a template to which another session is connected.
    await admin.query("SELECT pg_advisory_lock(hashtext('ftgo test databases'))");
    await ensureOwner(admin, addressOf(name).url);
    const source = template && (await ensureTemplate(admin, template, (database) => addressOf(database).url));
    await admin.query(`CREATE DATABASE "${name}" OWNER "${owner}" TEMPLATE "${source ?? 'template0'}"`);
    await closeDatabase(admin, name);
  });
  return { ...addressOf(name), drop: () => asAdmin(adminUrl, (admin) => drop(admin, name)) };
}

const owner = 'ftgo_test';

async function asAdmin<Result>(adminUrl: string, work: (admin: Client) => Promise<Result>): Promise<Result> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function ensureOwner(admin: Client, url: string): Promise<void> {
  const known = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [owner]);
  if (known.rowCount !== 0) return;
  await ensureRole(admin, owner, `LOGIN NOREPLICATION PASSWORD '${new URL(url).password}'`);
  // A failed spec that leaves a transaction open must not keep the relays of other specs from creating their slots.
  await admin.query(`ALTER ROLE "${owner}" SET idle_in_transaction_session_timeout = '20s'`);
}

async function ensureTemplate(admin: Client, template: DatabaseTemplate, urlOf: (database: string) => string): Promise<string> {
  const name = `template_${template.name.replaceAll(/[^a-z0-9_]/g, '_')}`;
  const known = await admin.query<{ datistemplate: boolean }>('SELECT datistemplate FROM pg_database WHERE datname = $1', [name]);
  if (known.rows[0]?.datistemplate) return name;
  if (known.rowCount !== 0) await drop(admin, name); // the preparation failed
  await admin.query(`CREATE DATABASE "${name}" OWNER "${owner}" TEMPLATE template0`);
  await closeDatabase(admin, name);
  await template.prepare(urlOf(name));
  await admin.query(`ALTER DATABASE "${name}" IS_TEMPLATE true`);
  return name;
}

/**
 * A slot prevents dropping its database, and a reader prevents dropping its slot. A session ends a moment after its client has
 * closed it; terminated before that, it would send an error to a pool that has ended, and the spec would fail.
 */
async function drop(admin: Client, database: string): Promise<void> {
  await admin.query(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS false`);
  const idle = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend' AND state = 'idle'";
  await waitUntil(async () => (await admin.query(idle, [database])).rowCount === 0, { withinMs: 500, everyMs: 10 });
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [database]);
  await admin.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1', [database]);
  await admin.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
}
