import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import zookeeper, { type Client, Exception } from 'node-zookeeper-client';
import type { Instance, Listing, Registry } from '../directory.js';
import { longPollMs } from './http.js';

const operationTimeoutMs = 2_000;
/** A state of node-zookeeper-client in which it does not connect again. */
const sessionExpired = -3;
const folderOf = (service: string): string => `/ftgo/services/${service}`;

const isCode = (error: unknown, code: number): boolean => (error as { getCode?: () => number } | null)?.getCode?.() === code;

/** ZooKeeper: an ephemeral node for each instance, named by its address; a watch on the nodes of a service. */
export class ZooKeeperRegistry implements Registry {
  private client: Client | undefined;
  private isClosed = false;
  /** The next change of a service's nodes since they were last listed. */
  private readonly changes = new Map<string, Promise<unknown>>();

  constructor(
    private readonly servers: string,
    private readonly leaseMs: number,
  ) {}

  async list(service: string, previous: Listing | undefined, signal: AbortSignal): Promise<Listing> {
    const change = this.changes.get(service);
    if (previous && change) await firstOf(change, signal);
    signal.throwIfAborted();
    let noteChange: (event: unknown) => void = () => undefined;
    const addresses = await this.use((client) => {
      this.changes.set(service, new Promise((resolve) => (noteChange = resolve)));
      return childrenOf(client, folderOf(service), noteChange);
    });
    return { addresses };
  }

  async renew({ service, address }: Instance): Promise<void> {
    const path = `${folderOf(service)}/${address}`;
    await this.use(async (client) => {
      const stat = await promisify(client.exists.bind(client) as (path: string, done: Done<Stat | null>) => void)(path);
      if (stat?.ephemeralOwner.equals(client.getSessionId())) return;
      // The node belongs to an earlier session of a process at this address: the end of that session would remove it.
      if (stat) await remove(client, path);
      await makeFolder(client, folderOf(service));
      await create(client, path);
    });
  }

  async withdraw({ service, address }: Instance): Promise<void> {
    await this.use((client) => remove(client, `${folderOf(service)}/${address}`)).catch((error: unknown) => {
      if (!isCode(error, Exception.NO_NODE)) throw error;
    });
  }

  close(): void {
    this.isClosed = true;
    const { client } = this;
    if (!client) return;
    if (isConnected(client)) client.close();
    else abandon(client);
  }

  /**
   * Runs operations in the session. The client waits forever for a server that accepts its connection and does not respond, and
   * for one that has lost its data, which rejects clients that have seen later transactions. Hence the next call begins a new
   * session when the server has not responded for some time.
   */
  private async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    if (this.isClosed) throw new Error('the ZooKeeper client is closed');
    const client = (this.client ??= this.newClient());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.end(client);
        reject(new Error('ZooKeeper does not respond'));
      }, operationTimeoutMs);
    });
    return Promise.race([connected(client).then(() => work(client)), late]).finally(() => clearTimeout(timer));
  }

  private newClient(): Client {
    const client = zookeeper.createClient(this.servers, { sessionTimeout: this.leaseMs, spinDelay: 250, retries: 0 });
    client.once('expired', () => this.end(client));
    client.connect();
    return client;
  }

  private end(client: Client): void {
    abandon(client);
    if (this.client === client) this.client = undefined;
  }
}

/**
 * Ends a client; its session ends with its lease. A client without a session cannot be closed: it would misread the response to a
 * connection in progress, and its error would end the process.
 */
function abandon(client: Client): void {
  const { connectionManager } = client as unknown as { connectionManager: { state: number; socket?: Socket } };
  connectionManager.state = sessionExpired;
  connectionManager.socket?.destroy();
}

const isConnected = (client: Client): boolean => client.getState() === zookeeper.State.SYNC_CONNECTED;

/** Resolves once the client has a session, or never. */
function connected(client: Client): Promise<void> {
  return isConnected(client) ? Promise.resolve() : new Promise((resolve) => client.once('connected', resolve));
}

async function childrenOf(client: Client, path: string, watcher: (event: unknown) => void): Promise<string[]> {
  const children = () =>
    new Promise<string[]>((resolve, reject) =>
      client.getChildren(path, watcher, (error, names) => (error ? reject(error) : resolve(names))),
    );
  try {
    return await children();
  } catch (error) {
    if (!isCode(error, Exception.NO_NODE)) throw error;
    await makeFolder(client, path);
    return children();
  }
}

const makeFolder = (client: Client, path: string): Promise<string> =>
  promisify(client.mkdirp.bind(client) as (path: string, done: Done<string>) => void)(path);

type Done<Result> = (error: Error | null, result: Result) => void;
interface Stat {
  readonly ephemeralOwner: Buffer;
}

const create = (client: Client, path: string): Promise<string> =>
  new Promise((resolve, reject) =>
    client.create(path, Buffer.alloc(0), zookeeper.CreateMode.EPHEMERAL, (error, made) => (error ? reject(error) : resolve(made))),
  );

const remove = (client: Client, path: string): Promise<void> =>
  new Promise((resolve, reject) => client.remove(path, -1, (error) => (error ? reject(error) : resolve())));

/** Waits for a change, for a while. */
function firstOf(change: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(longPollMs)]);
  return Promise.race([change, new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))]);
}
