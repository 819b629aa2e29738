import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { UserError } from '@ftgo/runner/errors';
import { type Command, Option } from 'commander';

/** Options of every act. */
export interface ActOptions {
  readonly reason: string;
  readonly by: string;
}

/** Option of an act that asks before it is performed. */
export interface Confirmable {
  readonly yes?: boolean;
}

/** Adds the options of an act; the reason is required unless there is a default. */
export const withAct = (command: Command, defaultReason?: string): Command =>
  command.addOption(reasonOption(defaultReason)).option('--by <NAME>', 'who; recorded as given while security is off', userInfo().username);

/** Adds the option of a command that asks for confirmation. */
export const withConfirmation = (command: Command): Command => command.option('-y, --yes', 'do not ask for confirmation');

function reasonOption(defaultReason: string | undefined): Option {
  const option = new Option('--reason <TEXT>', 'why; recorded');
  return defaultReason === undefined ? option.makeOptionMandatory() : option.default(defaultReason);
}

/** What a service is sent about an act. */
export const noteOf = ({ reason, by }: ActOptions): { reason: string; by: string } => ({ reason, by });

/** Asks before an act that cannot be undone. Throws if the answer is not yes. */
export async function confirm(question: string, { yes }: Confirmable): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new UserError(`${question} Repeat the command with --yes to confirm`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError('nothing was changed');
}
