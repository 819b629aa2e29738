import { rmSync, writeFileSync } from 'node:fs';
import { config } from '../config.js';
import { urlOfDatabase } from '../postgres/provision.js';
import { endLeftBehind, rememberedProcess } from '../process/left-behind.js';
import { startTime } from '../process/os-process.js';
import type { RegistryKind } from '../registries/index.js';
import { UserError } from '../user-error.js';
import { type App, findApps, withInstances } from '../workspace/apps.js';
import { AppProgram } from './app-program.js';
import { backingPorts, postgresAccess, registryUrl, startKafka, startPostgres, startRegistry } from './backing-services.js';
import { type BrokerAccess, brokerAccess, chooseBroker, tryBrokerDatabase } from './broker.js';
import { environmentOf, migrationEnvironmentOf, type Surroundings } from './environment.js';
import { type BrokerKind, Home } from './home.js';
import { Migrations } from './migrations.js';
import { checkPorts, managementPortIn, type PortPlan, planPorts, portOf, registryPorts } from './port-plan.js';
import { reportingWaits } from './report-waits.js';
import { restoreTopics } from './restored-topics.js';
import { type SecurityAccess, securityAccess } from './security.js';
import { type ProcessStatus, Supervisor } from './supervisor.js';

/** The endpoints of a process. */
export interface Endpoint {
  readonly name: string;
  readonly http: string | undefined;
  readonly grpc: string | undefined;
  readonly address: string | undefined;
  /** The URL of health, metrics and operations, if it is not that of clients. */
  readonly management?: string;
}

/** Details of a running system; they contain secrets and are sent only through the control socket. */
export interface SystemDescription {
  readonly isReady: boolean;
  readonly broker: BrokerAccess;
  readonly endpoints: readonly Endpoint[];
  /** The administrator's URLs, by the name of the database. */
  readonly databases: Readonly<Record<string, string>>;
  readonly environments: Readonly<Record<string, NodeJS.ProcessEnv>>;
  readonly security: SecurityAccess | undefined;
}

export interface SystemSettings {
  /** The registry through which the services find each other; default: their addresses are configured. */
  readonly registry?: RegistryKind | undefined;
  /** The number of instances of a service, if it is not one. */
  readonly instances?: Readonly<Record<string, number>>;
  /**
   * Whether requests need access tokens, the Kafka that is started is reached only by known users, over TLS, and operators have
   * ports of their own; default false.
   */
  readonly isSecure?: boolean;
}

/** Everything that `npm start` runs: Postgres, Kafka (unless messages go through Postgres) and the apps. */
export class System {
  readonly home = new Home();
  readonly supervisor: Supervisor;
  private readonly migrations = new Migrations(this.home);
  private readonly programs = new Map<string, AppProgram>();
  private apps: App[] = [];
  private ports: PortPlan = {};
  private surroundings: Surroundings | undefined;
  private isReady = false;
  private ownsHome = false;

  constructor(
    private readonly report: (line: string) => void,
    private readonly settings: SystemSettings = {},
  ) {
    this.supervisor = new Supervisor(report);
  }

  /** Starts everything in a locked home, and fails with a one-line error if that is impossible. */
  async start(): Promise<void> {
    const { isSecure = false, instances = {} } = this.settings;
    this.apps = withInstances(findApps(undefined, { isSecure: isSecure && !config.oidcIssuer }), instances);
    this.ports = await planPorts(this.apps, this.home, { isSecure });
    const { kind, why } = chooseBroker(this.home, { isSecure });
    await this.checkPorts(kind);
    if (why) this.report(why);
    const postgres = postgresAccess(this.home, this.ports);
    const around = {
      apps: this.apps,
      ports: this.ports,
      postgres,
      broker: brokerAccess(kind, this.ports, { ...postgres, securityFolder: isSecure ? this.home.kafkaSecurity : undefined }),
      registry: this.registry(),
      security: isSecure ? securityAccess(this.home, this.ports) : undefined,
    };
    this.surroundings = around;
    await Promise.all([this.startDatabases(around), this.startBroker(around), this.startRegistry(around)]);
    this.home.rememberBroker(kind);
    if (this.home.isRestored) await this.timed('topics restored', () => restoreTopics(this.home, around));
    await this.timed('services ready', () => this.startApps(around));
    this.isReady = true;
  }

  /** Stops everything: first the apps, then Postgres and Kafka. */
  async stop(): Promise<void> {
    this.isReady = false;
    const { names } = this.supervisor;
    const isApp = (name: string) => this.programs.has(name);
    await Promise.all([this.migrations.stop(), this.supervisor.stopAll(names.filter(isApp))]);
    await this.supervisor.stopAll(names.filter((name) => !isApp(name)));
    if (!this.ownsHome) return; // it belongs to the system that is already running
    rmSync(this.home.controlSocket, { force: true });
    rmSync(this.home.supervisorPid, { force: true });
  }

  /** Starts a process, optionally with additional environment. */
  startProcess(name: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    const program = this.programs.get(name);
    if (program) program.extraEnvironment = environment;
    return this.supervisor.start(name);
  }

  status(): Promise<ProcessStatus[]> {
    return this.supervisor.status();
  }

  endpoints(): Endpoint[] {
    const { registry } = this.settings;
    const ports = [['postgres', 'postgres'], ['kafka', 'kafka'], ...(registry ? [[registry, 'registry']] : [])] as Array<[string, string]>;
    const backing = ports.filter(([name]) => this.supervisor.names.includes(name));
    return [
      ...backing.map(([name, port]) => ({ name, http: undefined, grpc: undefined, address: `127.0.0.1:${portOf(this.ports, port)}` })),
      ...this.apps.map(({ name, http, grpc }) => ({
        name,
        http: http === undefined ? undefined : `http://127.0.0.1:${portOf(this.ports, `${name} http`)}`,
        grpc: grpc === undefined ? undefined : `127.0.0.1:${portOf(this.ports, `${name} grpc`)}`,
        address: undefined,
        ...(`${name} management` in this.ports ? { management: `http://127.0.0.1:${managementPortIn(this.ports, name)}` } : {}),
      })),
    ];
  }

  describe(): SystemDescription {
    const around = this.surroundings;
    if (!around) throw new UserError('the system is still starting');
    const databases = this.apps.flatMap(({ database }) => database ?? []);
    return {
      isReady: this.isReady,
      broker: around.broker,
      endpoints: this.endpoints(),
      databases: Object.fromEntries(databases.map((database) => [database, urlOfDatabase(around.postgres.adminUrl, database)])),
      environments: Object.fromEntries(this.apps.map((app) => [app.name, environmentOf(app, around)])),
      security: around.security,
    };
  }

  /** Locks the home, and ends what a killed run left in it. */
  async takeHome(): Promise<void> {
    const running = rememberedProcess(this.home.supervisorPid);
    if (running) {
      throw new UserError(
        `npm start is already running in ${this.home.folder} (process ${running.pid}); stop it with Ctrl-C or kill ${running.pid}`,
      );
    }
    this.home.create();
    writeFileSync(this.home.supervisorPid, JSON.stringify({ name: 'npm start', pid: process.pid, startTime: startTime(process.pid) }));
    this.ownsHome = true;
    const ended = await endLeftBehind(this.home.pids);
    if (ended.length > 0) this.report(`ended processes left by a killed run: ${ended.join(', ')}`);
  }

  private checkPorts(broker: BrokerKind): Promise<void> {
    const kinds = ['http', 'management', 'grpc'];
    const apps = this.apps.flatMap(({ name }) => kinds.map((kind) => `${name} ${kind}`)).filter((name) => name in this.ports);
    const registry = this.settings.registry && !config.registryUrl ? registryPorts : [];
    return checkPorts(this.ports, [...backingPorts(broker), ...registry, ...apps]);
  }

  private async startDatabases(around: Surroundings): Promise<void> {
    await this.timed('Postgres ready', () => startPostgres(this.backing, this.apps, around.broker.kind));
    await this.timed('migrations applied', () => this.migrations.run(this.apps, (app) => migrationEnvironmentOf(app, around)));
  }

  private async startBroker({ broker }: Surroundings): Promise<void> {
    if (broker.kind === 'postgres') return config.brokerUrl ? tryBrokerDatabase(broker.url) : undefined;
    await this.timed('Kafka ready', () => startKafka(this.backing, this.settings.isSecure === true));
  }

  private registry(): Surroundings['registry'] {
    const { registry: kind } = this.settings;
    return kind && { kind, url: registryUrl(kind, this.ports) };
  }

  private async startRegistry({ registry }: Surroundings): Promise<void> {
    if (registry) await this.timed(`${registry.kind} ready`, () => startRegistry(this.backing, registry.kind));
  }

  private get backing() {
    return { supervisor: this.supervisor, home: this.home, ports: this.ports, report: this.report };
  }

  private async startApps(around: Surroundings): Promise<void> {
    for (const app of this.apps) {
      const program = new AppProgram(app.name, app.main, environmentOf(app, around), managementPortIn(this.ports, app.name));
      this.programs.set(app.name, program);
      this.supervisor.add(program, this.home.files(app.name));
    }
    const status = () => this.status();
    await reportingWaits({ status, report: this.report }, () => Promise.all(this.apps.map(({ name }) => this.supervisor.start(name))));
  }

  private async timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
    const began = performance.now();
    const result = await work();
    this.report(`✔ ${what.padEnd(20)} ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return result;
  }
}
