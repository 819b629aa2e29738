import { createHmac } from 'node:crypto';
import { changeUrl, oldestPostgres, PgClient } from '@ftgo/messaging/postgres';
import type { Client } from 'pg';
import { UserError } from '../user-error.js';

/** The role that the outbox relay logs in with. */
export const relayRole = 'ftgo_relay';

/** The database of the PostgreSQL broker, and the role that owns it. */
export const brokerDatabase = 'ftgo_broker';

/** The role that owns the tables of a database and migrates them, if the service may not change them. */
export const ownerOf = (database: string): string => `${database}_owner`;

/** Six instances of a service with the default pool. No service can take all connections of the server. */
const connectionsOfService = 120;
/** A relay needs four for each database, and there may be a second one. */
const relayConnectionsPerDatabase = 10;
/** The migrations of a service, and an operator. */
const connectionsOfOwner = 5;
const unlimited = -1;

/** A host that disappears is detected within 14 s; copying a database may take longer. */
const keepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 4_000 } as const;

/** The password of a role. */
export type PasswordOf = (role: string) => string;

/** The databases of the services, each with its own role that may log in to it and to no other. */
interface Provision {
  readonly adminUrl: string;
  readonly databases: readonly string[];
  /**
   * Those of the databases whose tables belong to a role of their own, `ownerOf(database)`, which migrates them: the role of the
   * service only reads and writes rows. The tables of the others belong to the role of the service.
   */
  readonly migrated?: readonly string[];
  readonly passwordOf: PasswordOf;
  /** Whether every relay polls the outboxes: then its role needs no privilege to replicate, which includes copying the whole server. */
  readonly isPolled?: boolean;
  /**
   * True if the server is used by this system only: then services may not log in to its default databases either, and each role has a
   * limit of connections.
   */
  readonly isOwnServer: boolean;
  /** Also the database of a broker, which the relay's role may not access, since it has no outbox. */
  readonly withBroker?: boolean;
}

/**
 * Creates what is missing and sets the passwords. The owner's role may only log in; the relay's may also replicate, which is
 * a privilege on every database of the server, so no service has it.
 */
export async function provision(given: Provision): Promise<void> {
  const { adminUrl, databases, migrated = [], passwordOf, isPolled = false, isOwnServer, withBroker = false } = given;
  const client = new PgClient({ connectionString: adminUrl, connectionTimeoutMillis: 5_000, query_timeout: 60_000, ...keepAlive });
  const login = (role: string, connections: number, replication = 'NOREPLICATION') =>
    ensureRole(
      client,
      role,
      `LOGIN ${replication} CONNECTION LIMIT ${isOwnServer ? connections : unlimited} PASSWORD ${client.escapeLiteral(passwordOf(role))}`,
    );
  await client.connect();
  try {
    if (!isOwnServer) await checkVersion(client);
    await client.query("SELECT pg_advisory_lock(hashtext('ftgo provision'))");
    const connectionsOfRelay = databases.length > 0 ? databases.length * relayConnectionsPerDatabase : unlimited;
    await login(relayRole, connectionsOfRelay, isPolled ? 'NOREPLICATION' : 'REPLICATION');
    if (isOwnServer)
      for (const database of ['postgres', 'template1']) await client.query(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
    for (const database of databases) {
      await login(database, connectionsOfService);
      await ensureDatabase(client, database, database);
      await closeDatabase(client, database);
      if (!migrated.includes(database)) continue;
      await login(ownerOf(database), connectionsOfOwner);
      await separateOwner(client, urlOfDatabase(adminUrl, database), database);
    }
    if (withBroker) {
      await login(brokerDatabase, unlimited);
      await ensureDatabase(client, brokerDatabase, brokerDatabase);
      await closeToPublic(client, brokerDatabase);
    }
  } finally {
    await client.end();
  }
}

/** Gives a database to the role that migrates it, once; the role of the service keeps its privileges on rows, also in later tables. */
async function separateOwner(client: Client, url: string, database: string): Promise<void> {
  const [service, owner] = [database, ownerOf(database)];
  const { rows } = await client.query('SELECT datdba::regrole::text = quote_ident($2) AS done FROM pg_database WHERE datname = $1', [
    database,
    owner,
  ]);
  if (rows[0]?.done) return;
  await grantToAdmin(client, service, owner);
  const inside = new PgClient({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 60_000, ...keepAlive });
  await inside.connect();
  try {
    // One transaction. With the ownership, the privileges of the former owner are lost, so they are granted afterwards.
    await inside.query(`
      REASSIGN OWNED BY "${service}" TO "${owner}";
      GRANT CONNECT ON DATABASE "${database}" TO "${service}";
      GRANT USAGE ON SCHEMA public TO "${service}";
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "${service}";
      GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "${service}";
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO "${service}";
      ALTER DEFAULT PRIVILEGES FOR ROLE "${owner}" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "${service}";
      ALTER DEFAULT PRIVILEGES FOR ROLE "${owner}" GRANT USAGE, SELECT ON SEQUENCES TO "${service}";
      ALTER DEFAULT PRIVILEGES FOR ROLE "${owner}" GRANT EXECUTE ON FUNCTIONS TO "${service}"`);
  } finally {
    await inside.end();
  }
}

/** Only a superuser may act for roles that it is not a member of. */
async function grantToAdmin(client: Client, ...roles: readonly string[]): Promise<void> {
  const { rows } = await client.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
  if (!rows[0].rolsuper) await client.query(`GRANT ${roles.map((role) => `"${role}"`).join(', ')} TO CURRENT_USER`);
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
  await grantToAdmin(client, owner);
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
