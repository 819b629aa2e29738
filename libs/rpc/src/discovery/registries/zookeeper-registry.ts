import { promisify } from 'node:util';
import zookeeper, { type Client, Exception } from 'node-zookeeper-client';
import type { Instance, Listing, Registry } from '../directory.js';
import { longPollMs } from './http.js';

const operationTimeoutMs = 2_000;
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
    const client = await this.connected();
    let noteChange: (event: unknown) => void = () => undefined;
    this.changes.set(service, new Promise((resolve) => (noteChange = resolve)));
    return { addresses: await this.childrenOf(client, service, noteChange) };
  }

  async renew({ service, address }: Instance): Promise<void> {
    const client = await this.connected();
    const path = `${folderOf(service)}/${address}`;
    const stat = await inTime(promisify(client.exists.bind(client) as (path: string, done: Done<Stat | null>) => void)(path));
    if (stat?.ephemeralOwner.equals(client.getSessionId())) return;
    // Of an earlier session of the process at this address: its end would remove the node.
    if (stat) await inTime(remove(client, path));
    await inTime(promisify(client.mkdirp.bind(client) as (path: string, done: Done<string>) => void)(folderOf(service)));
    await inTime(create(client, path));
  }

  async withdraw({ service, address }: Instance): Promise<void> {
    const client = await this.connected();
    await inTime(remove(client, `${folderOf(service)}/${address}`)).catch((error: unknown) => {
      if (!isCode(error, Exception.NO_NODE)) throw error;
    });
  }

  close(): void {
    this.isClosed = true;
    const { client } = this;
    if (!client) return;
    // A client that is closed while it connects misreads the response, and its error would end the process.
    if (isConnected(client)) client.close();
    else client.once('connected', () => client.close());
  }

  private async childrenOf(client: Client, service: string, watcher: (event: unknown) => void): Promise<string[]> {
    const path = folderOf(service);
    const children = () =>
      new Promise<string[]>((resolve, reject) =>
        client.getChildren(path, watcher, (error, names) => (error ? reject(error) : resolve(names))),
      );
    try {
      return await inTime(children());
    } catch (error) {
      if (!isCode(error, Exception.NO_NODE)) throw error;
      await inTime(promisify(client.mkdirp.bind(client) as (path: string, done: Done<string>) => void)(path));
      return inTime(children());
    }
  }

  /** The client with a session; a new one if the last session has expired. */
  private async connected(): Promise<Client> {
    if (this.isClosed) throw new Error('closed');
    const client = (this.client ??= this.newClient());
    if (isConnected(client)) return client;
    let note: () => void = () => undefined;
    await inTime(new Promise<void>((resolve) => client.once('connected', (note = resolve)))).finally(() =>
      client.removeListener('connected', note),
    );
    return client;
  }

  private newClient(): Client {
    const client = zookeeper.createClient(this.servers, { sessionTimeout: this.leaseMs, spinDelay: 250, retries: 0 });
    client.on('disconnected', () => forgetTransactions(client));
    client.once('expired', () => {
      if (this.client === client) this.client = undefined;
    });
    client.connect();
    return client;
  }
}

/**
 * A server that has lost its data rejects clients that have seen later transactions than its own, and the client would try again
 * forever. Without the number the server reports that the session has expired. A list may be older than the last one for a moment.
 */
function forgetTransactions(client: Client): void {
  (client as unknown as { readonly connectionManager: { readonly zxid: Buffer } }).connectionManager.zxid.fill(0);
}

const isConnected = (client: Client): boolean => client.getState() === zookeeper.State.SYNC_CONNECTED;

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

/** The client keeps operations while it has no connection. */
function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('ZooKeeper does not respond')), operationTimeoutMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Waits for a change, for a while. */
function firstOf(change: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(longPollMs)]);
  return Promise.race([change, new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))]);
}
