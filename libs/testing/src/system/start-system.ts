import { readFileSync, rmSync } from 'node:fs';
import { freePort, isAlive, lastLines, ProgramProcess, signalProcess, waitUntil } from '@ftgo/runner/processes';
import {
  AppProgram,
  type BrokerAccess,
  ControlClient,
  deleteData,
  Home,
  type ListedProcess,
  type SystemDescription,
} from '@ftgo/runner/system';
import { findApps } from '@ftgo/runner/workspace';
import { endWaitsAt } from '../eventually.js';
import { ownedFolder } from '../owned-folder.js';
import type { RunningSystem } from './running-system.js';
import { SystemProcess } from './system-process.js';

/** The requirements of a test on its system. */
export interface SystemOptions {
  /** The folder names of the apps to run; default all. */
  readonly apps?: readonly string[];
  /** Additional environment for every app. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of the apps, if not `apps/`. */
  readonly appsFolder?: string;
  /** Postgres waits for the disk, as in `npm start`; by default tests do not. */
  readonly isDurable?: boolean;
  /** The servers that the test runs itself, for example behind a proxy; by default the system has its own. */
  readonly servers?: { readonly postgresUrl: string; readonly kafkaBrokers: string };
}

/** One more instance of an app, in addition to the one in the system. */
export interface SecondInstance {
  readonly url: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Asks it to stop. */
  stop(): Promise<void>;
  logs(): string;
}

/** Starts a whole system as `npm start` does, on free ports and in its own folder. */
export async function startSystem(options: SystemOptions = {}): Promise<TestSystem> {
  const system = new TestSystem(ownedFolder(), options);
  try {
    await system.restart();
    return system;
  } catch (error) {
    await system.close();
    throw error;
  }
}

/** A running system: real processes, with its own Postgres and Kafka. */
export class TestSystem implements RunningSystem {
  private readonly home: Home;
  private readonly control: ControlClient;
  private readonly others: ProgramProcess[] = [];
  private process: SystemProcess | undefined;
  private description: SystemDescription | undefined;
  private readonly allowWaits = endWaitsAt(() => this.process?.unexpectedEnd);

  constructor(
    folder: string,
    private readonly options: SystemOptions,
  ) {
    this.home = new Home(folder);
    this.control = new ControlClient(this.home);
  }

  /** The HTTP URL of each app, by name. */
  get urls(): Readonly<Record<string, string>> {
    return this.addresses('http');
  }

  /** The URL of each app's health, metrics, API definitions and operations, by name. */
  get management(): Readonly<Record<string, string>> {
    return { ...this.urls, ...this.addresses('management') };
  }

  /** The gRPC host:port of each app, by name. */
  get grpc(): Readonly<Record<string, string>> {
    return this.addresses('grpc');
  }

  get broker(): BrokerAccess {
    return this.known.broker;
  }

  /** The URL of each database as the administrator, by the database's name: for checks. */
  get databases(): Readonly<Record<string, string>> {
    return this.known.databases;
  }

  /** What `npm start` has started, for the demo. */
  get endpoints(): SystemDescription['endpoints'] {
    return this.known.endpoints;
  }

  /** The issuer of access tokens; undefined while security is off. */
  get security(): SystemDescription['security'] {
    return this.known.security;
  }

  /** The environment that an app was given. */
  environment(name: string): NodeJS.ProcessEnv {
    return this.known.environments[name] ?? {};
  }

  /** The processes and their states. */
  ps(): Promise<ListedProcess[]> {
    return this.control.ps();
  }

  /** The names of all processes, running or not. */
  async processes(): Promise<readonly string[]> {
    return (await this.ps()).map(({ name }) => name);
  }

  /** SIGKILL; the process is restarted automatically. */
  kill(name: string): Promise<void> {
    return this.control.kill(name);
  }

  /** Stops a process, which stays down; with `isHard` by SIGKILL. */
  stop(name: string, { isHard = false }: { isHard?: boolean } = {}): Promise<void> {
    return this.control.stop(name, isHard);
  }

  /** Starts a stopped process, optionally with additional environment; resolves when it is ready. */
  start(name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    return this.control.start(name, env);
  }

  /** The last lines of a process's output. */
  logs(name: string, lines = 200): string {
    return lastLines(this.home.log(name), lines);
  }

  /** The whole output of a process since its data was created. */
  everythingLogged(name: string): string {
    return readFileSync(this.home.log(name), 'utf8');
  }

  /** The output of `npm start`. */
  get output(): string {
    return this.process?.output ?? '';
  }

  /** One more instance of an app, with its own HTTP port. */
  async startSecond(name: string, env: Readonly<Record<string, string>> = {}): Promise<SecondInstance> {
    const app = findApps(this.options.appsFolder).find((found) => found.name === name);
    if (!app) throw new Error(`unknown app ${name}`);
    const [http, grpc, management] = [await freePort(), await freePort(), await freePort()];
    const isManaged = this.environment(name)['FTGO_MANAGEMENT_PORT'] !== undefined;
    const ports = {
      FTGO_HTTP_PORT: String(http),
      FTGO_GRPC_PORT: String(grpc),
      ...(isManaged && { FTGO_MANAGEMENT_PORT: String(management) }),
    };
    const instance = `${name}-${this.others.length + 2}`;
    const program = new AppProgram(name, app.main, { ...this.environment(name), ...ports, ...env }, isManaged ? management : http);
    const process = new ProgramProcess(program, this.home.files(instance));
    this.others.push(process);
    await process.start();
    return {
      url: `http://127.0.0.1:${http}`,
      kill: () => process.kill(),
      stop: () => process.stop(),
      logs: () => this.logs(instance),
    };
  }

  /**
   * SIGKILL to everything at once, including the supervisor; resolves when everything has exited. `restart` starts it again
   * with the same data.
   */
  async crash(): Promise<void> {
    const pids = (await this.ps()).flatMap(({ pid }) => pid ?? []);
    this.process?.signal('SIGKILL');
    for (const pid of pids) signalProcess(-pid, 'SIGKILL');
    await Promise.all(this.others.map((other) => other.kill()));
    await this.process?.exited;
    // A signal is delivered later than it is sent, and these are not child processes whose exit could be awaited.
    const isGone = await waitUntil(() => !pids.some(isAlive), { withinMs: 10_000 });
    if (!isGone) throw new Error(`SIGKILL did not end process ${pids.filter(isAlive).join(', ')} within 10 s`);
  }

  /** Starts it (again), with the same data and the same ports. */
  async restart(): Promise<void> {
    const { apps, env, appsFolder, isDurable = false, servers } = this.options;
    this.process = new SystemProcess({
      ...env,
      FTGO_HOME: this.home.folder,
      FTGO_PORTS: 'free',
      FTGO_DURABLE: String(isDurable),
      FTGO_POSTGRES_URL: servers?.postgresUrl ?? '',
      FTGO_KAFKA_BROKERS: servers?.kafkaBrokers ?? '',
      FTGO_BROKER_URL: '',
      ...(apps ? { FTGO_APPS: apps.join(',') } : {}),
      ...(appsFolder ? { FTGO_APPS_FOLDER: appsFolder } : {}),
    });
    await this.process.untilReady(this.control);
    this.description = await this.control.describe();
  }

  /** Stops everything gracefully, and deletes the data. */
  async close(): Promise<void> {
    this.allowWaits();
    await Promise.all(this.others.map((other) => other.stop()));
    this.process?.signal('SIGTERM');
    await this.process?.exited;
    await deleteData(this.home);
    rmSync(this.home.folder, { recursive: true, force: true });
  }

  private get known(): SystemDescription {
    if (!this.description) throw new Error('the system is not running');
    return this.description;
  }

  private addresses(kind: 'http' | 'grpc' | 'management'): Record<string, string> {
    return Object.fromEntries(this.known.endpoints.flatMap((endpoint) => (endpoint[kind] ? [[endpoint.name, endpoint[kind]]] : [])));
  }
}
