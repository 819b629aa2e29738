// npm run ftgo -- …: one CLI for the processes of a running npm start.

import { explain } from '@ftgo/runner/errors';
import { ControlClient, Home } from '@ftgo/runner/system';
import { Command } from 'commander';
import { showLogs } from './logs.js';
import { addOperatorCommands } from './operator/commands.js';
import { processTable } from './process-table.js';
import { rebuildReplica, rebuildView } from './rebuild.js';

const home = new Home();
const control = new ControlClient(home);

const program = new Command('ftgo')
  .description(
    'looks at and controls the processes of a running npm start; NAME is an app’s folder name, postgres or kafka. With FTGO_POSTGRES_URL, ' +
      'the administrator’s, order, saga, dead-letters and relay also look at a system that runs elsewhere: see README.md',
  )
  .option('--json', 'answer in JSON');

const isJson = () => program.opts<{ json?: boolean }>().json === true;
const tell = (line: string, data: unknown) => console.log(isJson() ? JSON.stringify(data, undefined, 2) : line);

program
  .command('ps')
  .description('lists the processes')
  .option('--json', 'answer in JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const processes = await control.ps();
    console.log(json || isJson() ? JSON.stringify(processes, undefined, 2) : processTable(processes));
  });

const acts = {
  stop: { what: 'ends a process; it stays down', done: 'is stopped', act: (name: string) => control.stop(name) },
  start: {
    what: 'starts a process that is down, and waits until it is ready',
    done: 'is ready',
    act: (name: string) => control.start(name),
  },
  kill: { what: 'SIGKILL; the process comes back', done: 'was killed and comes back', act: (name: string) => control.kill(name) },
};
for (const [action, { what, done, act }] of Object.entries(acts)) {
  program
    .command(`${action} <NAME>`)
    .description(what)
    .action(async (name: string) => {
      await act(name);
      tell(`${name} ${done}`, { name, done });
    });
}

program
  .command('logs <NAME>')
  .description('shows the last lines that a process wrote')
  .option('-n, --lines <N>', 'how many', '50')
  .option('-f, --follow', 'go on until Ctrl-C')
  .option('--json', 'as they were written')
  .action(async (name: string, options: { lines: string; follow?: boolean; json?: boolean }) => {
    await showLogs(home, name, {
      lines: Number(options.lines),
      isFollowing: options.follow === true,
      isRaw: options.json === true || isJson(),
    });
  });

program
  .command('view')
  .description('the order history')
  .command('rebuild')
  .description('makes the view anew from all events, beside the one that is served, and puts it in its place')
  .action(() => rebuildView(control));

program
  .command('replica')
  .description('what services know of each other')
  .command('rebuild <SERVICE> <REPLICA>')
  .description('makes a replica anew from the start of its topic while the service runs; order-service restaurants, for one')
  .action((service: string, replica: string) => rebuildReplica(control, service, replica));

addOperatorCommands(program, control);

try {
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
