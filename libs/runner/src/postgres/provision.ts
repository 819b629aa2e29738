import { createHmac } from 'node:crypto';
import { changeUrl, oldestPostgres, PgClient } from '@ftgo/messaging/postgres';
import type { Client } from 'pg';
import { UserError } from '../user-error.js';

/** The role that the outbox relay logs in with. */
export const relayRole = 'ftgo_relay';

/** The database of the PostgreSQL broker, and the role that owns it. */
export const brokerDatabase = 'ftgo_broker';

/** A host that disappears is detected within 14 s; copying a database may take longer. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 4_000 } as const;

/** The password of a role. */
export type PasswordOf = (role: string) => string;

/** The databases of the services, each with its own role that may log in to it and to no other. */
interface Provision {
  readonly adminUrl: string;
  readonly databases: readonly string[];
  readonly passwordOf: PasswordOf;
  /** True if the server is used by this system only: then services may not log in to its default databases either. */
  readonly isOwnServer: boolean;
  /** Also the database of a broker, which the relay's role may not access, since it has no outbox. */
  readonly withBroker?: boolean;
}

/**
 * Creates what is missing and sets the passwords. The owner's role may only log in; the relay's may also replicate, a right for
 * every database of the server, which is why no service has it.
 */
export async function provision({ adminUrl, databases, passwordOf, isOwnServer, withBroker = false }: Provision): Promise<void> {
  const client = new PgClient({ connectionString: adminUrl, connectionTimeoutMillis: 5_000, query_timeout: 60_000, ...keepAlive });
  await client.connect();
  try {
    if (!isOwnServer) await checkVersion(client);
    await client.query("SELECT pg_advisory_lock(hashtext('ftgo provision'))");
    await ensureRole(client, relayRole, `LOGIN REPLICATION PASSWORD ${client.escapeLiteral(passwordOf(relayRole))}`);
    if (isOwnServer)
      for (const database of ['postgres', 'template1']) await client.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
    for (const database of databases) {
      await ensureRole(client, database, `LOGIN NOREPLICATION PASSWORD ${client.escapeLiteral(passwordOf(database))}`);
      await ensureDatabase(client, database, database);
      await closeDatabase(client, database);
    }
    if (withBroker) {
      await ensureRole(client, brokerDatabase, `LOGIN NOREPLICATION PASSWORD ${client.escapeLiteral(passwordOf(brokerDatabase))}`);
      await ensureDatabase(client, brokerDatabase, brokerDatabase);
      await closeToPublic(client, brokerDatabase);
    }
  } finally {
    await client.end();
  }
}

/** Throws if the services would reject the server. */
async function checkVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; text: string }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text`,
  );
  const { number, text } = rows[0] as { number: number; text: string };
  if (number >= oldestPostgres * 10_000) return;
  throw new UserError(`PostgreSQL ${text} at ${client.host}:${client.port} is not supported; use PostgreSQL ${oldestPostgres} or newer`);
}

async function ensureDatabase(client: Client, database: string, owner: string): Promise<void> {
  const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (known.rowCount !== 0) return;
  // Only a superuser may give a database to a role that it is not a member of.
  const { rows } = await client.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
  if (!rows[0].rolsuper) await client.query(`GRANT "${owner}" TO CURRENT_USER`);
  await client.query(`CREATE DATABASE "${database}" OWNER "${owner}"`);
}

/** Only the owner and the relay may connect. */
export async function closeDatabase(client: Client, database: string): Promise<void> {
  await closeToPublic(client, database);
  await client.query(`GRANT CONNECT ON DATABASE "${database}" TO "${relayRole}"`);
}

const closeToPublic = (client: Client, database: string) => client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE "${database}" FROM PUBLIC`);

export async function ensureRole(client: Client, role: string, attributes: string): Promise<void> {
  const known = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  await client.query(`${known.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE "${role}" ${attributes}`);
}

/** The URL by which a role connects to a database of the administrator's server. */
export function urlFor(adminUrl: string, { database, role, password }: { database: string; role: string; password: string }): string {
  return changeUrl(adminUrl, (url) => Object.assign(url, { username: role, password, pathname: `/${database}` }));
}

/** The same server and user, but another database. */
export function urlOfDatabase(adminUrl: string, database: string): string {
  return changeUrl(adminUrl, (url) => void (url.pathname = `/${database}`));
}

/** Passwords derived from one secret, so that every process with the secret derives the same ones. */
export const passwordsFrom =
  (secret: string): PasswordOf =>
  (role) =>
    createHmac('sha256', secret).update(role).digest('hex').slice(0, 32);
