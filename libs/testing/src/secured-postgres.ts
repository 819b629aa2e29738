import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { socketOf } from '@ftgo/messaging/postgres';
import type { IssuedCertificate } from '@ftgo/runner/certificates';
import { Client } from 'pg';
import { eventually } from './eventually.js';
import type { PostgresAddress } from './keeper/protocol.js';

/** Only the administrator may connect in clear text, and for replication outside of a database. */
const access = `host all postgres 127.0.0.1/32 scram-sha-256
host replication all all reject
hostssl all all 127.0.0.1/32 scram-sha-256`;

/**
 * Gives a private server a certificate, or another one. Resolves when new connections get it; open ones stay. Roles other than the
 * administrator's must use TLS, until the server is started again.
 */
export async function securePostgres({ adminUrl }: PostgresAddress, { certificate, privateKey }: IssuedCertificate): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
    // The server itself writes the files: they must belong to its user, and only it may read the key.
    const write = (name: string, content: string) =>
      admin.query(
        `COPY (SELECT regexp_split_to_table('${content.trim()}', '\\n')) TO PROGRAM 'umask 077; cat > "${rows[0]?.folder}/${name}"'`,
      );
    await write('server.crt', certificate);
    await write('server.key', privateKey);
    await write('pg_hba.conf', access);
    await admin.query('ALTER SYSTEM SET ssl = on');
    await admin.query('SELECT pg_reload_conf()');
    const { serialNumber } = new X509Certificate(certificate);
    await eventually(async () => {
      if ((await shown(adminUrl)) !== serialNumber) throw new Error('the server presents another certificate');
    });
  } finally {
    await admin.end();
  }
}

/** The serial number of the certificate that a new connection gets. */
async function shown(adminUrl: string): Promise<string> {
  const client = new Client({ connectionString: adminUrl, ssl: { rejectUnauthorized: false } });
  await client.connect();
  const { serialNumber } = (socketOf(client) as TLSSocket).getPeerCertificate();
  await client.end();
  return serialNumber;
}
