import { Client } from 'pg';
import { hostsOf, urlsOf } from './hosts.js';
import { isTlsFailure } from './tls-failure.js';

interface Place {
  readonly server: string;
  readonly database: string;
  readonly role: string;
}

type Explanation = (place: Place, message: string) => string;

/** By SQLSTATE, or by the code of a system error. */
const explanations: Readonly<Record<string, Explanation>> = {
  '3D000': ({ server, database }) => `database "${database}" does not exist at ${server}; create it, or correct the URL`,
  '28P01': ({ server, role }) => `${server} rejects the password of role "${role}"; correct the password in the URL`,
  '28000': ({ server }, message) => `${server} rejects the connection: ${message}; create the role, or allow it in pg_hba.conf`,
  '42501': (_, message) => `${message}; GRANT the missing privilege`,
  '53300': ({ server, role }, message) =>
    /max_wal_senders/.test(message)
      ? `${server} has no free WAL sender: ${message}; raise max_wal_senders, and restart PostgreSQL`
      : `${server} accepts no more connections for role "${role}": ${message}; raise the limit of the role or max_connections, or use smaller pools`,
  '57P03': ({ server }, message) => `${server} does not accept connections yet: ${message}`,
  ECONNREFUSED: ({ server }) => `nothing is listening on ${server}; start PostgreSQL, or correct the URL`,
  ENOTFOUND: ({ server }) => `cannot resolve the host of ${server}; correct the URL`,
};

/** Explains in one line why a database cannot be used and, if the cause is known, what to do. Contains no password. */
export function databaseProblem(error: unknown, url: string): string {
  const cause = firstOf(error);
  const place = placeOf(url);
  const { code, message } = cause as { code?: string; message: string };
  if (isTlsFailure(cause))
    return `TLS with ${place.server} failed: ${message}; check sslmode and sslrootcert in the URL, and the certificate of the server`;
  const explanation = code === undefined ? undefined : explanations[code];
  return explanation ? explanation(place, message) : `database "${place.database}" at ${place.server}: ${message || String(code)}`;
}

/** The name of the database in a URL, as pg reads it. */
export const databaseOf = (url: string): string => placeOf(url).database;

/** For a host with several addresses, pg throws an error with one error for each and no message of its own. */
function firstOf(error: unknown): Error {
  if (error instanceof AggregateError && error.errors.length > 0) return firstOf(error.errors[0]);
  return error instanceof Error ? error : new Error(String(error));
}

/** Parses the URL as pg does. */
function placeOf(url: string): Place {
  const [first, ...others] = urlsOf(url);
  const { host, port, database, user } = new Client({ connectionString: first });
  return { server: others.length > 0 ? hostsOf(url) : `${host}:${port}`, database: String(database), role: String(user) };
}
