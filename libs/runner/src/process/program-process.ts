import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../user-error.js';
import { isAlive, signalProcess, startTime } from './os-process.js';
import type { Program, Readiness } from './program.js';
import { waitUntil } from './wait.js';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The content of a pid file: enough to recognise the process, or to see that another one has its id. */
export interface RememberedProcess {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string | undefined;
}

const logLimitBytes = 20_000_000;
/** Nine services start at the same time, so that every check takes time from all of them. */
const readinessEveryMs = 100;

/** Runs one program as a process in its own process group, with its output in a log file. */
export class ProgramProcess {
  private child: ChildProcess | undefined;
  private exit: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  private logStart = 0;
  private isStopping = false;
  private readiness: Readiness = { state: 'starting' };

  constructor(
    readonly program: Program,
    private readonly files: { readonly log: string; readonly pid?: string },
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Resolves when the current process has ended. */
  get exited(): Promise<Exit> {
    return this.exit;
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<void> {
    const end = performance.now() + this.program.readyWithinMs;
    for (;;) {
      await this.spawn();
      if (await this.untilReady()) return;
      if (this.isRunning) {
        await this.stop();
        throw new UserError(
          `${this.program.name} was not ready within ${this.program.readyWithinMs / 1000} s${this.because}; its last output:\n${this.lastOutput()}`,
        );
      }
      const words = this.lastOutput();
      if (!this.program.isTemporaryFailure?.(words) || performance.now() > end)
        throw new UserError(`${this.program.name} did not start:\n${words}`);
      await sleep(100);
    }
  }

  /** Starts the process without waiting. */
  async spawn(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.program.name} is already running`);
    await this.program.prepare?.();
    const { command, args, ...options } = this.program.launch();
    const log = this.openLog();
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    this.isStopping = false;
    this.exit = new Promise((resolve) => {
      const over = (exit: Exit) => {
        if (this.child === child) this.child = undefined;
        if (this.files.pid) rmSync(this.files.pid, { force: true });
        this.program.afterExit?.(this.isStopping);
        resolve(exit);
      };
      child.once('exit', (code, signal) => over({ code, signal }));
      child.once('error', (error) => {
        if (child.pid !== undefined) return;
        writeFileSync(this.files.log, `${command}: ${error.message}\n`, { flag: 'a' });
        over({ code: null, signal: null });
      });
    });
    if (child.pid !== undefined) this.remember(child.pid);
  }

  /** True when it is ready; false when it has ended or the time limit has passed. */
  async untilReady(): Promise<boolean> {
    this.readiness = { state: 'starting' };
    const isDecided = async () => {
      if (!this.isRunning) return true;
      this.readiness = await this.program.readiness();
      return this.readiness.state === 'ready';
    };
    await waitUntil(isDecided, { withinMs: this.program.readyWithinMs, everyMs: readinessEveryMs });
    return this.readiness.state === 'ready' && this.isRunning;
  }

  /** `: ` and the reason that the program gave at the last readiness check; empty if it gave none. */
  get because(): string {
    return this.readiness.state === 'not ready' ? `: ${this.readiness.reason}` : '';
  }

  /** Sends increasingly forceful signals; resolves when the process has exited. */
  async stop(): Promise<void> {
    this.isStopping = true;
    for (const [signal, patienceMs] of this.program.stopSteps) {
      const { pid } = this;
      if (pid === undefined) return;
      signalProcess(pid, signal);
      if (await this.isGoneWithin(patienceMs)) return;
    }
    await this.kill();
  }

  /** Sends SIGKILL to the process and everything it started; resolves when it has exited. */
  async kill(): Promise<void> {
    const { pid, child } = this;
    if (pid === undefined || child === undefined) return;
    this.isStopping = false;
    this.program.killOutside?.();
    if (!signalProcess(-pid, 'SIGKILL')) signalProcess(pid, 'SIGKILL');
    await this.exit;
    await waitUntil(() => !isAlive(pid), { withinMs: 2_000 });
  }

  /** The last lines of its output since the last start. */
  lastOutput(lines = 30): string {
    return lastLines(this.files.log, lines, this.logStart);
  }

  private async isGoneWithin(patienceMs: number): Promise<boolean> {
    const timer = new AbortController();
    const gone = await Promise.race([this.exit.then(() => true), sleep(patienceMs, false, { signal: timer.signal }).catch(() => false)]);
    timer.abort();
    return gone;
  }

  private openLog(): number {
    const { log } = this.files;
    mkdirSync(dirname(log), { recursive: true });
    if (existsSync(log) && statSync(log).size > logLimitBytes) renameSync(log, `${log}.1`);
    const file = openSync(log, 'a');
    this.logStart = fstatSync(file).size;
    return file;
  }

  private remember(pid: number): void {
    if (!this.files.pid) return;
    mkdirSync(dirname(this.files.pid), { recursive: true });
    const remembered: RememberedProcess = { name: this.program.name, pid, startTime: startTime(pid) };
    writeFileSync(this.files.pid, JSON.stringify(remembered));
  }
}

/** The last lines of a file, starting at an offset. */
export function lastLines(file: string, lines: number, from = 0): string {
  if (!existsSync(file)) return '';
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const start = Math.max(from > size ? 0 : from, size - 64_000);
    const buffer = Buffer.alloc(size - start);
    readSync(handle, buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(handle);
  }
}
