import { homedir, hostname, userInfo } from 'node:os';
import { repository } from '@ftgo/runner/workspace';
import { execa, type Options } from 'execa';
import type { TerminalLine } from './terminal.js';

const wrapped = /.{1,110}/g;

/** What a terminal shows, with the times. */
export class Recording {
  readonly lines: TerminalLine[] = [];
  private readonly beganAt = performance.now();

  constructor(private readonly options: Options) {}

  /** Runs a command as if it had been typed, and resolves when it ends. */
  async type(command: string): Promise<void> {
    this.note('');
    await this.run(command);
  }

  /** Resolves when the command ends; `onLine` sees what it prints. */
  async run(command: string, onLine: (line: string) => void = () => {}): Promise<void> {
    this.note(`$ ${command}`);
    for await (const line of execa(command, { ...this.options, shell: true, all: true }).iterable({ from: 'all' })) {
      this.note(String(line));
      onLine(String(line));
    }
  }

  private note(line: string): void {
    const text = line.trimEnd();
    const leaked = [repository, homedir(), hostname(), userInfo().username].find((word) => word.length > 3 && text.includes(word));
    if (leaked) throw new Error(`cannot publish the recording: the line "${text}" contains "${leaked}"`);
    const atMs = Math.round(performance.now() - this.beganAt);
    for (const part of text.match(wrapped) ?? ['']) this.lines.push({ atMs, text: part });
  }
}
