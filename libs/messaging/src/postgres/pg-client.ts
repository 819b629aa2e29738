import type { Socket } from 'node:net';
import { Client } from 'pg';

/**
 * The kernel looks after an idle connection: after 4 s it asks the peer's kernel every second, and gives up after ten
 * questions without an answer. Without a delay of our own it would begin after two hours.
 */
export const pgKeepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 4_000 } as const;

/** How long a connection may take to say goodbye. */
const goodbyeMs = 1_000;

/** A client whose end comes even when the server is silent: pg waits for the server to close the connection. */
export class PgClient extends Client {
  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | undefined {
    const impatient = setTimeout(() => socketOf(this).destroy(), goodbyeMs).unref();
    this.once('end', () => clearTimeout(impatient));
    if (!callback) return super.end();
    super.end(callback);
    return undefined;
  }
}

/** The socket of a client; over TLS, the one that encrypts. */
export const socketOf = (client: Client): Socket => (client as unknown as { connection: { stream: Socket } }).connection.stream;
