import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { signalProcess, waitUntil } from '@ftgo/runner/processes';
import { type ControlClient, systemProgram } from '@ftgo/runner/system';
import { fromSource, repository } from '@ftgo/runner/workspace';

const startWithinMs = 120_000;
const shownLines = 40;

/** The supervisor of a system, as a child process, like `npm start` for a person. */
export class SystemProcess {
  private text = '';
  private exitCode: number | null | undefined;
  private isAsked = false;
  private readonly child: ChildProcess;
  readonly exited: Promise<number | null>;

  constructor(environment: NodeJS.ProcessEnv) {
    const node = join(repository, 'node_modules', '.bin', 'node');
    this.child = spawn(node, [...fromSource, systemProgram, '--no-demo'], {
      cwd: repository,
      env: { ...process.env, ...environment, FTGO_STOP_WITH_STDIN: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // Ctrl-C reaches the tests, which stop this process
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => (this.text = (this.text + chunk).slice(-100_000)));
    }
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code) => {
        this.exitCode = code;
        resolve(code);
      });
    });
  }

  /** Waits until everything is ready; fails with the output if the system ends instead. */
  async untilReady(control: ControlClient): Promise<void> {
    const isReady = async () => this.exitCode !== undefined || (await control.describe().catch(() => undefined))?.isReady === true;
    const isDone = await waitUntil(isReady, { withinMs: startWithinMs, everyMs: 50 });
    if (!isDone || this.exitCode !== undefined) throw new Error(`the system did not start:\n${this.text}`);
  }

  /** The output of the system. */
  get output(): string {
    return this.text;
  }

  /** The last output of a system that ended without being asked to. */
  get unexpectedEnd(): string | undefined {
    if (this.exitCode === undefined || this.isAsked) return undefined;
    return `the system has ended:\n${this.text.trimEnd().split('\n').slice(-shownLines).join('\n')}`;
  }

  signal(signal: NodeJS.Signals): void {
    this.isAsked = true;
    if (this.child.pid !== undefined && this.exitCode === undefined) signalProcess(this.child.pid, signal);
  }
}
