import type { Command } from 'commander';
import type { ObservedSystem } from './observed-system.js';

/** Options of every command that prints data. */
export interface Json {
  readonly json?: boolean;
}

/** The result of a command, as text and as JSON data. */
export interface Answer {
  readonly text: string;
  readonly data: unknown;
}

/** Prints the answer to a question about the system. */
export type Ask = (question: (system: ObservedSystem) => Promise<Answer>, options: Json) => Promise<void>;

export const withJson = (command: Command): Command => command.option('--json', 'print JSON');
