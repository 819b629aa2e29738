import { setTimeout as sleep } from 'node:timers/promises';
import type { Program, Readiness } from '../process/program.js';
import { type Exit, ProgramProcess } from '../process/program-process.js';
import { UserError } from '../user-error.js';
import { readable } from './readable-log.js';

/** The state of a process; `starting` until it responds. */
export type ProcessState = 'starting' | 'not ready' | 'ready' | 'stopped' | 'restarting';

/** A row of `ps`. */
export interface ProcessStatus {
  readonly name: string;
  readonly state: ProcessState;
  /** Why it is not ready, as reported by its health. */
  readonly reason?: string;
  readonly pid: number | undefined;
  /** How often it was restarted after a death or a kill. */
  readonly restarts: number;
  readonly startedAt: string | undefined;
}

const deathsAllowed = 2;
const deathsCountForMs = 60_000;
const restartDelaysMs = [0, 1_000];
/** A start that fails because of a killed predecessor is retried without being counted. */
const otherTryDelayMs = 100;
const otherTries = 100;

interface Supervised {
  readonly process: ProgramProcess;
  isWanted: boolean;
  hasBeenReady: boolean;
  deaths: number[];
  /** The output that was shown after its last death, without times. */
  shown: string | undefined;
  restarts: number;
  otherTries: number;
  startedAt: Date | undefined;
  /** Operators' actions on one process run one after the other. */
  queue: Promise<unknown>;
}

/** Keeps programs running: reports and restarts one that dies; if one keeps dying, or cannot start, everything is stopped. */
export class Supervisor {
  private readonly supervised = new Map<string, Supervised>();
  private isEnding = false;
  private giveUp: (reason: UserError) => void = () => {};
  /** Rejects when a process has died too often. */
  readonly givenUp = new Promise<never>((_, reject) => {
    this.giveUp = reject;
  });

  constructor(private readonly report: (line: string) => void) {
    this.givenUp.catch(() => {}); // callers that need the error await it
  }

  add(program: Program, files: { log: string; pid: string }): void {
    const process = new ProgramProcess(program, files);
    this.supervised.set(program.name, {
      process,
      isWanted: false,
      hasBeenReady: false,
      deaths: [],
      shown: undefined,
      restarts: 0,
      otherTries: 0,
      startedAt: undefined,
      queue: Promise.resolve(),
    });
  }

  get names(): string[] {
    return [...this.supervised.keys()];
  }

  /** Starts a process and waits until it is ready; fails if it gives up or takes too long. */
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

  /** Stops a process; it stays down until it is started. With `isHard` by SIGKILL. */
  async stop(name: string, isHard = false): Promise<void> {
    const item = this.find(name);
    item.isWanted = false;
    await this.inTurn(item, () => (isHard ? item.process.kill() : item.process.stop()));
  }

  /** Sends SIGKILL; the process is restarted immediately, and not counted as a death. */
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

  /** Stops the named processes concurrently and does not restart them. */
  async stopAll(names: readonly string[] = this.names): Promise<void> {
    this.isEnding = true;
    await Promise.all(names.map((name) => this.stop(name)));
  }

  async status(): Promise<ProcessStatus[]> {
    return Promise.all([...this.supervised].map(([name, item]) => this.statusOf(name, item)));
  }

  lastOutput(name: string, lines?: number): string {
    return this.find(name).process.lastOutput(lines);
  }

  private async statusOf(name: string, item: Supervised): Promise<ProcessStatus> {
    const { process, isWanted, restarts, startedAt } = item;
    const base = { name, restarts, pid: process.pid, startedAt: process.isRunning ? startedAt?.toISOString() : undefined };
    if (!process.isRunning) return { ...base, state: isWanted ? 'restarting' : 'stopped' };
    const readiness: Readiness = await process.program.readiness().catch(() => ({ state: 'starting' }));
    return { ...base, ...readiness };
  }

  private find(name: string): Supervised {
    const item = this.supervised.get(name);
    if (!item) throw new UserError(`unknown process ${name}; the processes are ${this.names.join(', ')}`);
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
    const words = item.process.lastOutput();
    if (program.isTemporaryFailure?.(words) && item.otherTries++ < otherTries) return this.restartLater(item, otherTryDelayMs);
    if (isHopeless(item, exit, words)) {
      this.giveUp(new UserError(`${program.name} did not start: it ${howEnded(exit)}; its last output:\n${indent(readable(words))}`));
      return;
    }
    const now = performance.now();
    item.deaths = [...item.deaths.filter((at) => now - at < deathsCountForMs), now];
    const notice = `${program.name} ${howEnded(exit)}; ${shownOnce(item, readable(words))}`;
    if (item.deaths.length > deathsAllowed) {
      this.giveUp(new UserError(`${notice}\n${program.name} died ${item.deaths.length} times within a minute; stopping everything`));
      return;
    }
    this.report(
      `${notice}\nrestarting ${program.name} (death ${item.deaths.length} within a minute; death ${deathsAllowed + 1} stops everything)`,
    );
    item.restarts += 1;
    this.restartLater(item, restartDelaysMs[item.deaths.length - 1] ?? 1_000);
  }

  private restartLater(item: Supervised, delayMs: number): void {
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
        item.hasBeenReady = true;
        return;
      }
      if (performance.now() > end) {
        const seconds = process.program.readyWithinMs / 1000;
        throw new UserError(
          `${process.program.name} is not ready after ${seconds} s${process.because}; its last output:\n${indent(readable(process.lastOutput()))}`,
        );
      }
      await sleep(25);
    }
  }
}

const howEnded = ({ code, signal }: Exit) => (signal ? `was terminated by ${signal}` : `exited with code ${code ?? 'unknown'}`);

/** An outgoing connection may hold a port for a moment. */
const portInUse = /already in use/;

/** True if it was never ready and would fail again. An exit by a signal does not count. */
const isHopeless = ({ process, hasBeenReady }: Supervised, { code }: Exit, lastOutput: string): boolean =>
  process.program.failsByExit === true && !hasBeenReady && code !== null && !portInUse.test(lastOutput);

/** The output of a process that died, unless it is the same as at its previous death. */
function shownOnce(item: Supervised, output: string): string {
  const isKnown = item.shown === withoutTimes(output);
  item.shown = withoutTimes(output);
  return isKnown ? 'its last output is the same as before' : `its last output:\n${indent(output)}`;
}

const withoutTimes = (output: string) => output.replaceAll(/^\d\d:\d\d:\d\d\.\d{3} /gm, '');

const indent = (text: string) =>
  text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
