import type { BrokerAccess } from '@ftgo/runner/system';

/** A system that tests speak to, whoever runs it. */
export interface RunningSystem {
  /** The URL of each app's HTTP, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** host:port of each app's gRPC, by name. */
  readonly grpc: Readonly<Record<string, string>>;
  /** What carries the messages, and where it is. */
  readonly broker: BrokerAccess;
  /** The URL of each database as the administrator, by the database's name: for checks. */
  readonly databases: Readonly<Record<string, string>>;
  /** The environment of an app, as far as it is known. */
  environment(name: string): NodeJS.ProcessEnv;
  /** The names of all processes, Postgres and Kafka among them. */
  processes(): Promise<readonly string[]>;
  /** SIGKILL; the process comes back by itself. */
  kill(name: string): Promise<void>;
  /** Ends a process, which stays down. */
  stop(name: string): Promise<void>;
  /** Starts a process that is down; resolves when it is ready. */
  start(name: string): Promise<void>;
  /** Puts new processes in the place of an app's, one after the other, without a gap; only where something balances over several. */
  replace?(name: string): Promise<void>;
  /** Says that the tests are done with it. */
  close(): Promise<void>;
}
