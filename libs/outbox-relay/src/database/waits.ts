import { PgClient, pgKeepAlive } from '@ftgo/messaging/postgres';
import type { ClientConfig } from 'pg';

// How long the relay waits for what. Whatever it waits for, it notices within 15 s that its peer is gone; ADR 0024 has
// the table.

/** A connection with its encryption and log-in. */
export const connectMs = 5_000;
/** Any statement whose work is small, a heartbeat, and the start of the stream. */
export const answerMs = 10_000;
/** A leader hears its own heartbeats; without them the connection is dead, whatever it says. */
export const silenceMs = 12_000;
/** Between two looks of a standby. */
export const standbyMs = { from: 250, to: 750 };
/** As good as none: for statements that the server may rightly work at for long, which are watched instead. */
export const unlimitedMs = 2 ** 31 - 1;

/** The server's side of the same: it gives a relay up whose host has vanished, with the locks that the relay holds. */
const serverNotices = [
  'tcp_keepalives_idle=4',
  'tcp_keepalives_interval=2',
  'tcp_keepalives_count=3',
  'tcp_user_timeout=10000',
  'idle_in_transaction_session_timeout=20000',
];

/** A connection for statements. It reports its loss as an event too, and without a listener that would end the process. */
export function relayClient(url: string, applicationName: string, settings: readonly string[] = [], config: ClientConfig = {}): PgClient {
  return new PgClient({
    connectionString: url,
    application_name: applicationName,
    options: [...serverNotices, ...settings].map((setting) => `-c ${setting}`).join(' '),
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
    ...pgKeepAlive,
    ...config,
  });
}
