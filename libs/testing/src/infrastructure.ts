import { startKeeper } from './keeper/keeper.js';
import {
  type KafkaAddress,
  keeperVariable,
  type PostgresAddress,
  type PrivateKafkaAddress,
  type PrivateServer,
  post,
} from './keeper/protocol.js';

let keeper: Promise<string> | undefined;

/** The keeper of the run; outside vitest (a benchmark) this process starts its own. */
function keeperUrl(): Promise<string> {
  const keeperAddress = process.env[keeperVariable];
  keeper ??= keeperAddress ? post<{ url: string }>(keeperAddress).then(({ url }) => url) : startKeeper().then(({ url }) => url);
  return keeper;
}

export const ask = async <Answer>(path: string): Promise<Answer> => post<Answer>(`${await keeperUrl()}${path}`);

/** The Postgres shared by the specs of a run. */
export const sharedPostgres = (): Promise<PostgresAddress> => ask('/postgres/shared');

/** A private server of a spec, to kill and restart; it is deleted at the end of the spec. */
export interface OwnServer {
  /** SIGKILL; resolves when the process has exited. */
  kill(): Promise<void>;
  /** Stops it gracefully. */
  stop(): Promise<void>;
  /** Restarts it on the same port with the same data; resolves when it is ready. */
  start(): Promise<void>;
}

/** A private Postgres. Pass it to `testDatabase`. */
export interface OwnPostgres extends OwnServer, PostgresAddress {
  /** Restarts it with the same data on another port; resolves to its address. */
  startElsewhere(): Promise<PostgresAddress>;
  /** Starts a physical standby of it, with the same roles and databases. */
  startStandby(): Promise<PrivatePostgres>;
}

/** A private standby; `pg_promote()` makes it the primary. */
export interface PrivatePostgres extends OwnServer, PostgresAddress {
  /** The name by which the primary knows it, as in `synchronous_standby_names`, and the name of its slot there. */
  readonly name: string;
}

/** A private Kafka. */
export interface OwnKafka extends OwnServer {
  /** `host:port` of its first start. */
  readonly brokers: string;
  /** The folder of its logs, with a folder per partition. */
  readonly dataFolder: string;
  /** Restarts it with the same data on another port; resolves to its address. */
  startElsewhere(): Promise<KafkaAddress>;
}

/** Starts a Postgres for this spec only; about 0.7 s. With `isDurable` it waits for the disk, as benchmarks need. */
export async function startPostgres({ isDurable = false } = {}): Promise<OwnPostgres> {
  const { id, address } = await ask<PrivateServer<PostgresAddress>>(isDurable ? '/postgres/durable' : '/postgres/private');
  return { ...address, ...control(id), startElsewhere: () => ask(`/${id}/move`), startStandby: () => standbyOf(id) };
}

async function standbyOf(server: string): Promise<PrivatePostgres> {
  const { id, address } = await ask<PrivateServer<PostgresAddress>>(`/${server}/standby`);
  return { ...address, ...control(id), name: id };
}

/** Starts a Kafka for this spec only; about 1 s. `advertisedPort` is the port that clients are given: that of a proxy. */
export async function startKafka({ advertisedPort }: { readonly advertisedPort?: number } = {}): Promise<OwnKafka> {
  const path = advertisedPort === undefined ? '/kafka/private' : `/kafka/private/${advertisedPort}`;
  const { id, address } = await ask<PrivateServer<PrivateKafkaAddress>>(path);
  return { ...address, ...control(id), startElsewhere: () => ask(`/${id}/move`) };
}

/** The Kafka shared by the specs of a run: use unique topics and groups (`uniqueName`). */
export const testKafka = (): Promise<KafkaAddress> => ask('/kafka/shared');

const discarding: Array<() => Promise<void>> = [];

/** Kills and deletes the private servers that were started here: at the end of a spec, so that they do not slow down the next. */
export async function discardServers(): Promise<void> {
  await Promise.all(discarding.splice(0).map((discard) => discard()));
}

export function control(id: string): OwnServer {
  discarding.push(() => ask(`/${id}/discard`));
  return {
    kill: () => ask(`/${id}/kill`),
    stop: () => ask(`/${id}/stop`),
    start: () => ask(`/${id}/start`),
  };
}
