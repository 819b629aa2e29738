import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { hasStarted, healthAt } from '@ftgo/runner/health';
import type { BrokerAccess } from '@ftgo/runner/system';
import { eventually } from '../eventually.js';
import type { RunningSystem } from './running-system.js';

/** The content of the file named by `FTGO_E2E_TARGET`: a system that runs elsewhere, in containers or on a cluster. */
export interface SystemTarget extends Pick<RunningSystem, 'urls' | 'grpc' | 'broker' | 'databases'> {
  /** The processes that can be killed, including Postgres and Kafka. */
  readonly processes: readonly string[];
  /** The known environment of apps: the URLs of their databases. */
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Commands with arguments, for one process each; `{name}` is replaced by its name. */
  readonly commands: Readonly<Record<'kill' | 'stop' | 'start', readonly string[]>> & {
    /** Present if a rolling restart is possible; it ends when the new processes serve. */
    readonly replace?: readonly string[];
  };
}

const run = promisify(execFile);

/** The system named by `FTGO_E2E_TARGET`, if it is set. */
export function givenSystem(): RunningSystem | undefined {
  const file = process.env['FTGO_E2E_TARGET'];
  return file ? new GivenSystem(JSON.parse(readFileSync(file, 'utf8')) as SystemTarget) : undefined;
}

/** It was started, and will be stopped, by someone else; tests find in it what other tests have left. */
class GivenSystem implements RunningSystem {
  readonly replace?: (name: string) => Promise<void>;

  constructor(private readonly target: SystemTarget) {
    if (target.commands.replace) this.replace = (name) => this.command('replace', name);
  }

  get urls(): Readonly<Record<string, string>> {
    return this.target.urls;
  }

  get management(): Readonly<Record<string, string>> {
    return this.urls;
  }

  get grpc(): Readonly<Record<string, string>> {
    return this.target.grpc;
  }

  get broker(): BrokerAccess {
    return this.target.broker;
  }

  get databases(): Readonly<Record<string, string>> {
    return this.target.databases;
  }

  environment(name: string): NodeJS.ProcessEnv {
    return this.target.environments[name] ?? {};
  }

  processes(): Promise<readonly string[]> {
    return Promise.resolve(this.target.processes);
  }

  kill(name: string): Promise<void> {
    return this.command('kill', name);
  }

  stop(name: string): Promise<void> {
    return this.command('stop', name);
  }

  async start(name: string): Promise<void> {
    await this.command('start', name);
    const url = this.urls[name];
    if (!url) return;
    await eventually(
      async () => {
        const health = await healthAt(url, 5_000);
        if (!hasStarted(health)) throw new Error(`${name} has not started: ${JSON.stringify(health)}`);
      },
      { timeoutMs: 120_000, intervalMs: 200 },
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async command(what: keyof SystemTarget['commands'], name: string): Promise<void> {
    const [program = '', ...args] = (this.target.commands[what] ?? []).map((part) => part.replaceAll('{name}', name));
    await run(program, args);
  }
}
