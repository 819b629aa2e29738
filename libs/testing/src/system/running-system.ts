import type { BrokerAccess } from '@ftgo/runner/system';

/** A running system under test, however it was started. */
export interface RunningSystem {
  /** The HTTP URL of each app, by name. */
  readonly urls: Readonly<Record<string, string>>;
  /** The URL of each app's health, metrics, API definitions and operations, by name. */
  readonly management: Readonly<Record<string, string>>;
  /** The gRPC host:port of each app, by name. */
  readonly grpc: Readonly<Record<string, string>>;
  /** The broker and its address. */
  readonly broker: BrokerAccess;
  /** The URL of each database as the administrator, by the database's name: for checks. */
  readonly databases: Readonly<Record<string, string>>;
  /** The environment of an app, as far as it is known. */
  environment(name: string): NodeJS.ProcessEnv;
  /** The names of all processes, including Postgres and Kafka. */
  processes(): Promise<readonly string[]>;
  /** SIGKILL; the process is restarted automatically. */
  kill(name: string): Promise<void>;
  /** Stops a process, which stays down. */
  stop(name: string): Promise<void>;
  /** Starts a stopped process; resolves when it is ready. */
  start(name: string): Promise<void>;
  /** Replaces an app's processes one after the other without downtime; only where a load balancer is in front of several. */
  replace?(name: string): Promise<void>;
  /** Releases the system when the tests are done. */
  close(): Promise<void>;
}
