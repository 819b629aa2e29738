import { homedir } from 'node:os';
import { join } from 'node:path';

/** The runner's settings, read from the environment on every use: programs that run the tests set some of them. */
export const config = {
  /** FTGO_HOME: the folder for the data; default `.ftgo` in the repository. */
  get home(): string | undefined {
    return process.env['FTGO_HOME'];
  },
  /** FTGO_APPS_FOLDER: the folder of the apps; default `apps` in the repository. */
  get appsFolder(): string | undefined {
    return process.env['FTGO_APPS_FOLDER'];
  },
  /** FTGO_APPS: the apps to run, by the names of their folders; default all. */
  get apps(): readonly string[] | undefined {
    return process.env['FTGO_APPS']?.split(',');
  },
  /** FTGO_POSTGRES_URL: the administrator's URL of an existing PostgreSQL, instead of starting one. */
  get postgresUrl(): string | undefined {
    return process.env['FTGO_POSTGRES_URL'] || undefined;
  },
  /** FTGO_KAFKA_BROKERS: an existing Kafka, instead of starting one. */
  get brokers(): string | undefined {
    return process.env['FTGO_KAFKA_BROKERS'] || undefined;
  },
  /** FTGO_KAFKA_TLS_CA_FILE: the certificate of an existing Kafka, which clients trust. */
  get kafkaCaFile(): string | undefined {
    return process.env['FTGO_KAFKA_TLS_CA_FILE'] || undefined;
  },
  /** FTGO_BROKER: kafka or postgres; default Kafka, or PostgreSQL where Kafka cannot be started. */
  get broker(): string | undefined {
    return process.env['FTGO_BROKER'] || undefined;
  },
  /** FTGO_BROKER_URL: a database for the PostgreSQL broker, instead of one on the server of the services. */
  get brokerUrl(): string | undefined {
    return process.env['FTGO_BROKER_URL'] || undefined;
  },
  /** FTGO_SECURITY: on or off (the default), as `npm start -- --secure`. */
  get isSecure(): boolean {
    return process.env['FTGO_SECURITY'] === 'on';
  },
  /** FTGO_OIDC_ISSUER: an existing OpenID provider, instead of starting identity-service. */
  get oidcIssuer(): string | undefined {
    return process.env['FTGO_OIDC_ISSUER'] || undefined;
  },
  /** FTGO_OIDC_AUDIENCE: the audience of its access tokens. */
  get oidcAudience(): string | undefined {
    return process.env['FTGO_OIDC_AUDIENCE'] || undefined;
  },
  /** FTGO_ACCESS_TOKEN: an operator's access token, instead of signing in. */
  get accessToken(): string | undefined {
    return process.env['FTGO_ACCESS_TOKEN'] || undefined;
  },
  /** FTGO_REGISTRY_URL: an existing registry for --discovery, instead of starting one. */
  get registryUrl(): string | undefined {
    return process.env['FTGO_REGISTRY_URL'] || undefined;
  },
  /** FTGO_RELAY_SOURCE=polling: the relay reads no outbox from the log. */
  get isPolled(): boolean {
    return process.env['FTGO_RELAY_SOURCE'] === 'polling';
  },
  /** FTGO_DURABLE=false: Postgres does not wait for the disk. */
  get isDurable(): boolean {
    return process.env['FTGO_DURABLE'] !== 'false';
  },
  /** FTGO_PORTS=free: any free ports instead of those of the contract. */
  get usesFreePorts(): boolean {
    return process.env['FTGO_PORTS'] === 'free';
  },
  /**
   * FTGO_FREE_PORTS: the first and the last port that may be chosen as a free one. The default is below the ports that operating
   * systems assign to outgoing connections, and apart from those of `npm start`.
   */
  get freePorts(): readonly [first: number, last: number] {
    const [first = 20_000, last = 31_999] = process.env['FTGO_FREE_PORTS']?.split('-').map(Number) ?? [];
    return [first, last];
  },
  /** FTGO_PORT_OFFSET: added to every port of the contract. */
  get portOffset(): string {
    return process.env['FTGO_PORT_OFFSET'] ?? '0';
  },
  /** FTGO_STOP_WITH_STDIN: stop and delete the data when standard input is closed. */
  get stopsWithStdin(): boolean {
    return Boolean(process.env['FTGO_STOP_WITH_STDIN']);
  },
  /** FTGO_POSTGRES_BINARIES: the folder with the programs of another PostgreSQL, containing `bin`. */
  get postgresBinaries(): string | undefined {
    return process.env['FTGO_POSTGRES_BINARIES'] || undefined;
  },
  /** FTGO_MIGRATIONS: what the process that migrates the databases has to run, as JSON. */
  get migrations(): ReadonlyArray<{ readonly app: string; readonly script: string; readonly databaseUrl: string }> {
    return JSON.parse(process.env['FTGO_MIGRATIONS'] ?? '[]');
  },
  /** FTGO_DATABASE_URL, which the migrations of an app read. */
  set databaseUrl(url: string) {
    process.env['FTGO_DATABASE_URL'] = url;
  },
  get javaHome(): string | undefined {
    return process.env['JAVA_HOME'];
  },
  get path(): string {
    return process.env['PATH'] ?? '';
  },
  /** The folder for files that all clones of a user share. */
  get cacheFolder(): string {
    return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  },
  /** The complete environment, for the processes that are started. */
  get inherited(): NodeJS.ProcessEnv {
    return process.env;
  },
};
