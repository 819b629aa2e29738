import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../process/program.js';
import { type Exit, ProgramProcess } from '../process/program-process.js';
import { UserError } from '../user-error.js';
import { readable } from './readable-log.js';

/** What a process is doing; `starting` when it runs but is not ready. */
export type ProcessState = 'starting' | 'ready' | 'stopped' | 'restarting';

/** What `ps` tells about a process. */
export interface ProcessStatus {
  readonly name: string;
  readonly state: ProcessState;
  readonly pid: number | undefined;
  /** How often it came back after a death or a kill. */
  readonly restarts: number;
  readonly startedAt: string | undefined;
}

const deathsAllowed = 2;
const deathsCountForMs = 60_000;
const restartDelaysMs = [0, 1_000];
/** A start that only has to wait for what a killed predecessor left is tried again without counting. */
const otherTryDelayMs = 100;
const otherTries = 100;

interface Supervised {
  readonly process: ProgramProcess;
  isWanted: boolean;
  deaths: number[];
  restarts: number;
  otherTries: number;
  startedAt: Date | undefined;
  /** Acts of operators on one process come one after the other. */
  queue: Promise<unknown>;
}

/** Keeps programs running: one that dies is named and started again, and one that keeps dying ends everything. */
export class Supervisor {
  private readonly supervised = new Map<string, Supervised>();
  private isEnding = false;
  private giveUp: (reason: UserError) => void = () => {};
  /** Rejects when a process has died too often. */
  readonly givenUp = new Promise<never>((_, reject) => {
    this.giveUp = reject;
  });

  constructor(private readonly report: (line: string) => void) {
    this.givenUp.catch(() => {}); // whoever cares waits for it; nobody has to
  }

  add(program: Program, files: { log: string; pid: string }): void {
    const process = new ProgramProcess(program, files);
    const fresh = { isWanted: false, deaths: [], restarts: 0, otherTries: 0, startedAt: undefined, queue: Promise.resolve() };
    this.supervised.set(program.name, { process, ...fresh });
  }

  get names(): string[] {
    return [...this.supervised.keys()];
  }

  /** Starts a process and waits until it is ready; fails when it gives up or takes too long. */
  async start(name: string): Promise<void> {
    const item = this.find(name);
    await this.inTurn(item, async () => {
      if (item.process.isRunning || this.isEnding) return;
      item.isWanted = true;
      item.deaths = [];
      await this.spawn(item);
    });
    await Promise.race([this.untilReady(item), this.givenUp]);
  }

  /** Ends a process; it stays down until it is started. With `isHard` by SIGKILL. */
  async stop(name: string, isHard = false): Promise<void> {
    const item = this.find(name);
    item.isWanted = false;
    await this.inTurn(item, () => (isHard ? item.process.kill() : item.process.stop()));
  }

  /** SIGKILL; the process comes back at once, and nobody counts it as a death. */
  async kill(name: string): Promise<void> {
    const item = this.find(name);
    if (!item.process.isRunning) throw new UserError(`${name} is not running`);
    await this.inTurn(item, async () => {
      const wasWanted = item.isWanted;
      item.isWanted = false;
      await item.process.kill();
      item.isWanted = wasWanted;
      if (!wasWanted || this.isEnding) return;
      item.restarts += 1;
      await this.spawn(item);
    });
  }

  /** Ends the named processes, all at the same time, and lets none come back. */
  async stopAll(names: readonly string[] = this.names): Promise<void> {
    this.isEnding = true;
    await Promise.all(names.map((name) => this.stop(name)));
  }

  async status(): Promise<ProcessStatus[]> {
    return Promise.all([...this.supervised].map(([name, item]) => this.statusOf(name, item)));
  }

  lastWords(name: string, lines?: number): string {
    return this.find(name).process.lastWords(lines);
  }

  private async statusOf(name: string, item: Supervised): Promise<ProcessStatus> {
    const { process, isWanted, restarts, startedAt } = item;
    const base = { name, restarts, pid: process.pid, startedAt: process.isRunning ? startedAt?.toISOString() : undefined };
    if (!process.isRunning) return { ...base, state: isWanted ? 'restarting' : 'stopped' };
    const isReady = await process.program.isReady().catch(() => false);
    return { ...base, state: isReady ? 'ready' : 'starting' };
  }

  private find(name: string): Supervised {
    const item = this.supervised.get(name);
    if (!item) throw new UserError(`there is no process ${name}: the processes are ${this.names.join(', ')}`);
    return item;
  }

  private inTurn<Result>(item: Supervised, work: () => Promise<Result>): Promise<Result> {
    const turn = item.queue.then(work);
    item.queue = turn.catch(() => {});
    return turn;
  }

  private async spawn(item: Supervised): Promise<void> {
    await item.process.spawn();
    item.startedAt = new Date();
    void item.process.exited.then((exit) => this.ended(item, exit));
  }

  private ended(item: Supervised, exit: Exit): void {
    if (!item.isWanted || this.isEnding) return;
    const { program } = item.process;
    const words = item.process.lastWords();
    if (program.isWorthAnotherTry?.(words) && item.otherTries++ < otherTries) return this.comeBack(item, otherTryDelayMs);
    const now = performance.now();
    item.deaths = [...item.deaths.filter((at) => now - at < deathsCountForMs), now];
    const how = exit.signal ? `was ended by ${exit.signal}` : `ended with code ${exit.code ?? 'unknown'}`;
    const told = `${program.name} ${how}; it said last:\n${indent(readable(words))}`;
    if (item.deaths.length > deathsAllowed) {
      this.giveUp(new UserError(`${told}\n${program.name} died ${item.deaths.length} times within a minute: ending everything`));
      return;
    }
    this.report(
      `${told}\nstarting ${program.name} again (death ${item.deaths.length} of ${deathsAllowed + 1} within a minute ends everything)`,
    );
    item.restarts += 1;
    this.comeBack(item, restartDelaysMs[item.deaths.length - 1] ?? 1_000);
  }

  private comeBack(item: Supervised, delayMs: number): void {
    const again = async () => {
      await sleep(delayMs);
      if (!item.isWanted || this.isEnding || item.process.isRunning) return;
      await this.spawn(item);
    };
    this.inTurn(item, again).catch((error: Error) => this.giveUp(new UserError(`${item.process.program.name}: ${error.message}`)));
  }

  private async untilReady(item: Supervised): Promise<void> {
    const { process } = item;
    const end = performance.now() + process.program.readyWithinMs;
    while (item.isWanted && !this.isEnding) {
      if (process.isRunning && (await process.untilReady())) {
        item.otherTries = 0;
        return;
      }
      if (performance.now() > end) {
        const seconds = process.program.readyWithinMs / 1000;
        throw new UserError(
          `${process.program.name} is not ready after ${seconds} s; it said last:\n${indent(readable(process.lastWords()))}`,
        );
      }
      await sleep(25);
    }
  }
}

const indent = (text: string) =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
