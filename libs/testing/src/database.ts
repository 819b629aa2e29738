import { closeDatabase, ensureRole, passwordsFrom, relayRole, urlFor, urlOfDatabase } from '@ftgo/runner/provision';
import { Client } from 'pg';
import { sharedPostgres } from './infrastructure.js';
import type { PostgresAddress } from './keeper/protocol.js';
import { uniqueName } from './unique-name.js';

/** A database of a spec's own, with the roles that a service's database has. */
export interface TestDatabase {
  readonly name: string;
  /** As the owner: what a service gets. */
  readonly url: string;
  /** As `ftgo_relay`, which may replicate. */
  readonly relayUrl: string;
  /** As the administrator of the server. */
  readonly adminUrl: string;
  /** Drops it with its replication slots, whoever is connected. */
  drop(): Promise<void>;
}

/** What a database is made from. */
export interface DatabaseTemplate {
  /** Databases of the same name share what `prepare` made; it runs once in a run. */
  readonly name: string;
  /** Applies migrations to an empty database, as its owner. */
  prepare(url: string): Promise<unknown>;
}

export interface TestDatabaseOptions {
  readonly template?: DatabaseTemplate;
  /** Another server than the shared one: that of `startPostgres`. */
  readonly server?: PostgresAddress;
}

/** Makes a fresh database; an empty one, or one made from a template. */
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
    // One at a time: Postgres refuses to copy a template that somebody else is connected to.
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
  if (known.rowCount === 0) await ensureRole(admin, owner, `LOGIN NOREPLICATION PASSWORD '${new URL(url).password}'`);
}

async function ensureTemplate(admin: Client, template: DatabaseTemplate, urlOf: (database: string) => string): Promise<string> {
  const name = `template_${template.name.replaceAll(/[^a-z0-9_]/g, '_')}`;
  const known = await admin.query<{ datistemplate: boolean }>('SELECT datistemplate FROM pg_database WHERE datname = $1', [name]);
  if (known.rows[0]?.datistemplate) return name;
  if (known.rowCount !== 0) await drop(admin, name); // its preparation failed
  await admin.query(`CREATE DATABASE "${name}" OWNER "${owner}" TEMPLATE template0`);
  await closeDatabase(admin, name);
  await template.prepare(urlOf(name));
  await admin.query(`ALTER DATABASE "${name}" IS_TEMPLATE true`);
  return name;
}

/** A slot keeps its database from being dropped, and a reader keeps its slot. */
async function drop(admin: Client, database: string): Promise<void> {
  await admin.query(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS false`);
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [database]);
  await admin.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1', [database]);
  await admin.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
}
