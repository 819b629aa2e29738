import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the runner reads from its environment. Read on every use: a program that runs the tests sets some of it itself. */
export const config = {
  /** FTGO_HOME: the folder for the data, `.ftgo` in the repository by default. */
  get home(): string | undefined {
    return process.env['FTGO_HOME'];
  },
  /** FTGO_APPS_FOLDER: where the apps are, `apps` in the repository by default. */
  get appsFolder(): string | undefined {
    return process.env['FTGO_APPS_FOLDER'];
  },
  /** FTGO_APPS: the apps to run, by the names of their folders; all by default. */
  get apps(): readonly string[] | undefined {
    return process.env['FTGO_APPS']?.split(',');
  },
  /** FTGO_POSTGRES_URL: the administrator's URL of a PostgreSQL to use instead of starting one. */
  get postgresUrl(): string | undefined {
    return process.env['FTGO_POSTGRES_URL'] || undefined;
  },
  /** FTGO_KAFKA_BROKERS: a Kafka to use instead of starting one. */
  get brokers(): string | undefined {
    return process.env['FTGO_KAFKA_BROKERS'] || undefined;
  },
  /** FTGO_BROKER: kafka or postgres; without it Kafka, or PostgreSQL where Kafka cannot be started. */
  get broker(): string | undefined {
    return process.env['FTGO_BROKER'] || undefined;
  },
  /** FTGO_BROKER_URL: a database for the broker on PostgreSQL, to use instead of one beside those of the services. */
  get brokerUrl(): string | undefined {
    return process.env['FTGO_BROKER_URL'] || undefined;
  },
  /** FTGO_DURABLE=false: Postgres does not wait for the disk. */
  get isDurable(): boolean {
    return process.env['FTGO_DURABLE'] !== 'false';
  },
  /** FTGO_PORTS=free: any free ports instead of those of the contract. */
  get usesFreePorts(): boolean {
    return process.env['FTGO_PORTS'] === 'free';
  },
  /** FTGO_PORT_OFFSET: added to every port of the contract. */
  get portOffset(): string {
    return process.env['FTGO_PORT_OFFSET'] ?? '0';
  },
  /** FTGO_STOP_WITH_STDIN: end, and delete the data, when standard input is closed. */
  get stopsWithStdin(): boolean {
    return Boolean(process.env['FTGO_STOP_WITH_STDIN']);
  },
  /** FTGO_POSTGRES_BINARIES: the folder with the programs of another PostgreSQL, with `bin` in it. */
  get postgresBinaries(): string | undefined {
    return process.env['FTGO_POSTGRES_BINARIES'] || undefined;
  },
  get javaHome(): string | undefined {
    return process.env['JAVA_HOME'];
  },
  get path(): string {
    return process.env['PATH'] ?? '';
  },
  /** The folder for what every clone of a user may share. */
  get cacheFolder(): string {
    return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  },
  /** All of it, for the processes that are started. */
  get inherited(): NodeJS.ProcessEnv {
    return process.env;
  },
};
