import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import { type ChangingPassword, changingPasswordOf, isPasswordRejected } from './changing-password.js';
import { urlsOf } from './hosts.js';
import { type PrimarySearch, primarySearchFor, type ServerAddress, watchStandby } from './primary.js';

/**
 * The kernel checks an idle connection: after 4 s it probes the peer's kernel every second, and gives up after ten probes
 * without a response. Without our own delay it would begin after two hours.
 */
export const pgKeepAlive = { keepAlive: true, keepAliveInitialDelayMillis: 4_000 } as const;

/** Time limit for a graceful disconnect. */
const goodbyeMs = 1_000;
/** Time limit for a host to show whether it is the primary; less than that of a connection, which begins afterwards. */
const probeMs = 2_000;

/**
 * A client whose end() returns even if the server is silent: pg waits for the server to close the connection. If its URL has
 * several hosts, it connects to the one that is the primary. If its URL was read from a file, it uses the password in the file.
 */
export class PgClient extends Client {
  private readonly search: PrimarySearch | undefined;
  private readonly changing: ChangingPassword | undefined;
  private readonly url: string;

  constructor(config: ClientConfig = {}) {
    const { connectionString: url = '' } = config;
    const [first, ...others] = urlsOf(url);
    super(others.length > 0 ? { ...config, connectionString: first } : config);
    this.url = first;
    this.search = primarySearchFor(url, probe);
    this.changing = changingPasswordOf(url);
  }

  override connect(): Promise<void>;
  override connect(callback: (error: Error) => void): void;
  override connect(callback?: (error: Error) => void): Promise<void> | undefined {
    const isPrepared = this.search !== undefined || this.changing !== undefined;
    if (!callback) return isPrepared ? this.prepareAndConnect() : super.connect();
    if (isPrepared) callbackify(() => this.prepareAndConnect())(callback);
    else super.connect(callback);
    return undefined;
  }

  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | undefined {
    const impatient = setTimeout(() => socketOf(this).destroy(), goodbyeMs).unref();
    this.once('end', () => clearTimeout(impatient));
    if (!callback) return super.end();
    super.end(callback);
    return undefined;
  }

  private async prepareAndConnect(): Promise<void> {
    const { search, changing } = this;
    const address = await search?.find();
    const password = await changing?.current((candidate) => accepts(this.url, { ...address, password: candidate }));
    // A pool destroys the socket when its time limit is over; connecting would open a destroyed socket again.
    if (socketOf(this).destroyed) throw new Error('Connection terminated before it was opened');
    Object.assign(this, address, changing && { password });
    if (search && address) await this.connectToPrimary(search, address);
    else await super.connect();
  }

  private async connectToPrimary(search: PrimarySearch, address: ServerAddress): Promise<void> {
    const isStandby = watchStandby(this);
    try {
      await super.connect();
    } catch (error) {
      search.forget();
      throw error;
    }
    if (!isStandby()) return;
    search.forget();
    await this.end().catch(() => undefined);
    throw new Error(`Connection terminated: ${addressText(address)} has become a standby`);
  }
}

/** The socket of a client; with TLS, the one that encrypts. */
export const socketOf = (client: Client): Socket => (client as unknown as { connection: { stream: Socket } }).connection.stream;

async function probe(url: string): Promise<ServerAddress> {
  const client = new PgClient({ connectionString: url, connectionTimeoutMillis: probeMs });
  client.on('error', () => undefined);
  const isStandby = watchStandby(client);
  try {
    await client.connect();
    if (isStandby()) throw new Error('a standby');
    return { host: client.host, port: client.port };
  } finally {
    client.end().catch(() => undefined);
  }
}

/** Logs in with another password than that of the URL, at another address if given. */
async function accepts(url: string, other: Partial<ServerAddress> & { readonly password: string }): Promise<boolean> {
  const client = Object.assign(new Client({ connectionString: url, connectionTimeoutMillis: probeMs }), other);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (isPasswordRejected(error)) return false;
    throw error;
  } finally {
    client.end().catch(() => undefined);
  }
}

const addressText = ({ host, port }: ServerAddress): string => `${host}:${port}`;
