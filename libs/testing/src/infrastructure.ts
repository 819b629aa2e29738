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

/** The keeper of the run; outside vitest (a benchmark) this process has one of its own. */
function keeperUrl(): Promise<string> {
  const door = process.env[keeperVariable];
  keeper ??= door ? post<{ url: string }>(door).then(({ url }) => url) : startKeeper().then(({ url }) => url);
  return keeper;
}

const ask = async <Answer>(path: string): Promise<Answer> => post<Answer>(`${await keeperUrl()}${path}`);

/** The Postgres that the specs of a run share. */
export const sharedPostgres = (): Promise<PostgresAddress> => ask('/postgres/shared');

/** A server that a spec has for itself, to kill it and to start it again; it goes with the run. */
export interface OwnServer {
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Ends it in peace. */
  stop(): Promise<void>;
  /** Starts it again on the same port with the same data; resolves when it is ready. */
  start(): Promise<void>;
}

/** A Postgres of one's own. Give it to `testDatabase`. */
export interface OwnPostgres extends OwnServer, PostgresAddress {
  /** Starts it again with the same data at another port; resolves to its address. */
  startElsewhere(): Promise<PostgresAddress>;
}

/** A Kafka of one's own. */
export interface OwnKafka extends OwnServer {
  /** `host:port`, where it was started first. */
  readonly brokers: string;
  /** Where its logs are, a folder a partition. */
  readonly dataFolder: string;
  /** Starts it again with the same data at another port; resolves to its address. */
  startElsewhere(): Promise<KafkaAddress>;
}

/** Starts a Postgres for this spec alone; about 0.7 s. With `isDurable` it waits for the disk, as a benchmark must. */
export async function startPostgres({ isDurable = false } = {}): Promise<OwnPostgres> {
  const { id, address } = await ask<PrivateServer<PostgresAddress>>(isDurable ? '/postgres/durable' : '/postgres/private');
  return { ...address, ...control(id), startElsewhere: () => ask(`/${id}/move`) };
}

/** Starts a Kafka for this spec alone; about 1 s. With `advertisedPort` it sends its clients there: to a proxy. */
export async function startKafka({ advertisedPort }: { readonly advertisedPort?: number } = {}): Promise<OwnKafka> {
  const path = advertisedPort === undefined ? '/kafka/private' : `/kafka/private/${advertisedPort}`;
  const { id, address } = await ask<PrivateServer<PrivateKafkaAddress>>(path);
  return { ...address, ...control(id), startElsewhere: () => ask(`/${id}/move`) };
}

/** The Kafka that the specs of a run share: use topics and groups of your own (`uniqueName`). */
export const testKafka = (): Promise<KafkaAddress> => ask('/kafka/shared');

const control = (id: string): OwnServer => ({
  kill: () => ask(`/${id}/kill`),
  stop: () => ask(`/${id}/stop`),
  start: () => ask(`/${id}/start`),
});
