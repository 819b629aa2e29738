import type { Socket } from 'node:net';
import { Client } from 'pg';

/**
 * The kernel checks an idle connection: after 4 s it probes the peer's kernel every second, and gives up after ten probes
 * without a response. Without our own delay it would begin after two hours.
 */
export const pgKeepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 4_000 } as const;

/** Time limit for a graceful disconnect. */
const goodbyeMs = 1_000;

/** A client whose end() returns even if the server is silent: pg waits for the server to close the connection. */
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

/** The socket of a client; with TLS, the one that encrypts. */
export const socketOf = (client: Client): Socket => (client as unknown as { connection: { stream: Socket } }).connection.stream;
