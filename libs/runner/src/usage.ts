import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Command } from 'commander';

/** The exit code of a program that was started with wrong arguments. */
const exitCode = 2;

/** Ends the process because of its arguments: one line on standard error states what is wrong and what to do. */
export function endWithUsage(problem: string, advice: string): never {
  console.error(`${problem}; ${advice}`);
  process.exit(exitCode);
}

/** The arguments of this process, parsed by Node. Wrong ones end it, with the usage: `npm test -- [PATH …]`. */
export function parseArguments<Config extends ParseArgsConfig>(usage: string, config: Config): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))) throw error;
    // Node's advice, which follows, is about its own syntax.
    const [problem = ''] = error.message.split(/\. |\.?\n/);
    return endWithUsage(problem.charAt(0).toLowerCase() + problem.slice(1), `usage: ${usage}`);
  }
}

/** Makes a command, and every subcommand that is added later, end in the same way if its arguments are wrong. */
export function withUsageErrors(command: Command, usage: string): Command {
  return command
    .configureOutput({
      outputError: (text, write) => {
        const problem = text
          .replace(/^error: /, '')
          .trim()
          .replace(/\.$/, '')
          .replaceAll('\n', ' ');
        write(`${problem}; see ${usage} --help\n`);
      },
    })
    .exitOverride(({ code, exitCode: suggested }) => {
      const isWrong = suggested !== 0 && code !== 'commander.executeSubCommandAsync';
      process.exit(isWrong ? exitCode : suggested);
    });
}
