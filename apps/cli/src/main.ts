// npm run ftgo -- …: one CLI for the processes of a running npm start.

import { join } from 'node:path';
import { explain } from '@ftgo/runner/errors';
import { ControlClient, Home } from '@ftgo/runner/system';
import { withUsageErrors } from '@ftgo/runner/usage';
import { repository } from '@ftgo/runner/workspace';
import { Command, InvalidArgumentError } from 'commander';
import { addInvariants } from './invariants/invariants.js';
import { showLogs } from './logs.js';
import { addOperatorCommands } from './operator/commands.js';
import { addLogin } from './operator/login.js';
import { processTable } from './process-table.js';
import { addRestoreCommands } from './restore/restore-commands.js';

const home = new Home();
const control = new ControlClient(home);

const program = withUsageErrors(new Command('ftgo'), 'npm run ftgo --')
  .description(
    'inspects and controls the processes of a running npm start; NAME is an app’s folder name, postgres or kafka. With FTGO_POSTGRES_URL ' +
      '(the administrator’s URL) or FTGO_<APP>_URL, the commands for operators also reach a system that runs elsewhere: see ' +
      'docs/runbooks/README.md',
  )
  .option('--json', 'print JSON');

const isJson = () => program.opts<{ json?: boolean }>().json === true;
const print = (line: string, data: unknown) => console.log(isJson() ? JSON.stringify(data, undefined, 2) : line);

program
  .command('ps')
  .description('lists the processes')
  .option('--json', 'print JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const processes = await control.ps();
    console.log(json || isJson() ? JSON.stringify(processes, undefined, 2) : processTable(processes));
  });

const acts = {
  stop: { what: 'stops a process until it is started again', done: 'stopped', act: (name: string) => control.stop(name) },
  start: {
    what: 'starts a stopped process and waits until it is ready',
    done: 'is ready',
    act: (name: string) => control.start(name),
  },
  kill: {
    what: 'kills a process with SIGKILL; it is restarted automatically',
    done: 'killed; it will be restarted',
    act: (name: string) => control.kill(name),
  },
};
for (const [action, { what, done, act }] of Object.entries(acts)) {
  program
    .command(`${action} <NAME>`)
    .description(what)
    .action(async (name: string) => {
      await act(name);
      print(`${name} ${done}`, { name, done });
    });
}

const linesIn = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number of lines');
};

program
  .command('logs <NAME>')
  .description('shows the last log lines of a process')
  .option('-n, --lines <N>', 'number of lines', linesIn, 50)
  .option('-f, --follow', 'follow the log until Ctrl-C')
  .option('--json', 'print the lines as logged, in JSON')
  .action(async (name: string, options: { lines: number; follow?: boolean; json?: boolean }) => {
    await showLogs(home, name, {
      lines: options.lines,
      isFollowing: options.follow === true,
      isRaw: options.json === true || isJson(),
    });
  });

// A program of its own: it needs what only development has.
program.command('new', 'adds a service, an event or a step of a saga to the repository', {
  executableFile: join(repository, 'tools', 'generator', 'main.ts'),
});

addLogin(program, control);
addOperatorCommands(program, control);
addInvariants(program, control);
addRestoreCommands(program, control, home);

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
