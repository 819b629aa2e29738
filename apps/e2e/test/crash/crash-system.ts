import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findApps } from '@ftgo/runner/workspace';
import { startSystem, type TestSystem } from '@ftgo/testing';
import { Ftgo } from '../ftgo.js';
import { CrashPoints } from './crash-points.js';
import { consumer, consumerDatabase, producer, producerDatabase } from './ledger/entries.js';
import { Servers } from './servers.js';

export interface CrashSystemOptions {
  /** Messages are published after the commit, without an outbox and without an inbox. */
  readonly isDualWrite?: boolean;
  /** The apps to run with the ledger and the relay; default all. */
  readonly only?: readonly string[];
}

/** Other faults of the round may keep a process from the step. */
const stepWithinMs = 12_000;
const ledgerApps = join(import.meta.dirname, 'ledger', 'apps');
const dualWrite = pathToFileURL(join(import.meta.dirname, 'dual-write.mjs')).href;

/** A whole system with the ledger, in which everything can fail. */
export class CrashSystem {
  private constructor(
    readonly system: TestSystem,
    readonly servers: Servers,
    private readonly crashPoints: CrashPoints,
    private readonly apps: string,
  ) {}

  static async start({ isDualWrite = false, only }: CrashSystemOptions = {}): Promise<CrashSystem> {
    const servers = await Servers.start();
    const crashPoints = new CrashPoints();
    const apps = appsWithLedger();
    const { NODE_OPTIONS: preload, ...environment } = crashPoints.environment;
    try {
      const system = await startSystem({
        appsFolder: apps,
        ...(only ? { apps: [...only, 'outbox-relay', producer, consumer] } : {}),
        servers: servers.addresses,
        env: {
          ...environment,
          NODE_OPTIONS: isDualWrite ? `${preload} --import ${dualWrite}` : (preload ?? ''),
          ...ledgerEnvironment,
        },
      });
      return new CrashSystem(system, servers, crashPoints, apps);
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  /** FTGO without the ledger, whose messages are not part of its contracts. */
  get ftgo(): Ftgo {
    return Ftgo.over(withoutLedger(this.system));
  }

  /** SIGKILL at the n-th announcement of a step; false if it was not reached in time. */
  killAt(app: string, channel: string, nth: number, withinMs = stepWithinMs): Promise<boolean> {
    return this.crashPoints.kill(this.system, { app, channel, nth }, withinMs);
  }

  /** Stops a process (SIGSTOP) for a while. */
  async pause(app: string, work: () => Promise<unknown>): Promise<void> {
    const pid = (await this.system.ps()).find(({ name }) => name === app)?.pid;
    if (pid === undefined) throw new Error(`${app} is not running`);
    process.kill(pid, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  /** Copies the end of each log to a folder. */
  async keepLogs(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    const keep = (name: string, text: string) => writeFileSync(join(folder, `${name}.log`), text);
    for (const name of await this.system.processes()) keep(name, this.system.logs(name, 2_000));
    keep('postgres', this.servers.postgres.logs());
    keep('kafka', this.servers.kafka.logs());
    keep('system', this.system.output);
  }

  async close(): Promise<void> {
    await this.system.close();
    await this.servers.close();
    this.crashPoints.close();
    rmSync(this.apps, { recursive: true, force: true });
  }
}

/** The relay publishes what the ledger sends. */
export const ledgerEnvironment = { FTGO_RELAY_SERVICES: `${producerDatabase}=*,${consumerDatabase}=*` };

/** The same system, without the databases of the ledger. */
export function withoutLedger(system: TestSystem): TestSystem {
  const databases = Object.fromEntries(Object.entries(system.databases).filter(([name]) => !name.startsWith('ftgo_ledger')));
  return Object.create(system, { databases: { value: databases } }) as TestSystem;
}

/** A folder of links to the apps and to the ledger's, so that they run side by side as if they belonged together. */
export function appsWithLedger(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-apps-'));
  for (const app of [...findApps(), ...findApps(ledgerApps)]) symlinkSync(app.folder, join(folder, app.name));
  return folder;
}
