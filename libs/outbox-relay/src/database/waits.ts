import { PgClient, pgKeepAlive } from '@ftgo/messaging/postgres';
import type { ClientConfig } from 'pg';

// The timeouts of the relay. Whatever it waits for, it detects within 15 s that its peer is unreachable; see the table in
// ADR 24.

/** Connecting, including TLS and authentication. */
export const connectMs = 5_000;
/** A short statement, a heartbeat, or the start of the stream. */
export const answerMs = 10_000;
/** A leader receives its own heartbeats; without them, the connection is dead even if it seems open. */
export const silenceMs = 12_000;
/** The range of intervals at which a standby checks for a leader. */
export const standbyMs = { from: 250, to: 750 };
/** In effect no timeout: for statements that may legitimately run for long, which are watched instead. */
export const unlimitedMs = 2 ** 31 - 1;

/** The same on the server's side: it ends the session, and the locks, of a relay whose host has vanished. */
const serverNotices = [
  'tcp_keepalives_idle=4',
  'tcp_keepalives_interval=2',
  'tcp_keepalives_count=3',
  'tcp_user_timeout=10000',
  'idle_in_transaction_session_timeout=20000',
];

/** A connection for statements. Listen to its `error` event: without a listener, a lost connection would end the process. */
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
