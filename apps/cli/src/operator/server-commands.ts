import { UserError } from '@ftgo/runner/errors';
import type { Command } from 'commander';
import { type Confirmable, confirm, withConfirmation } from './acts.js';
import { type Ask, type Json, withJson } from './ask.js';
import { sessionTable, slotTable } from './screens-of-server.js';
import { dropSlot, endSession, sessionsOf, slotsOf } from './server.js';

/** The PostgreSQL server itself, over the administrator's connection. */
export function addServerCommands(program: Command, ask: Ask): void {
  const command = program.command('database').description('the PostgreSQL server: its sessions and replication slots');
  withJson(command.command('sessions [SERVICE]'))
    .description("lists the sessions of the services' databases that are active or keep a transaction open, and what they wait for")
    .option('--all', 'also idle ones, and, without SERVICE, those of other databases')
    .action((name: string | undefined, { all = false, ...options }: Json & { readonly all?: boolean }) =>
      ask(async (system) => {
        const services = name === undefined ? system.owners : [system.owner(name)];
        const databases = services.flatMap(({ database }) => database?.name ?? []);
        const sessions = await sessionsOf(system, {
          databases: all && name === undefined ? undefined : databases,
          includesIdle: all,
        });
        return { text: sessionTable(sessions), data: sessions };
      }, options),
    );
  withJson(command.command('slots'))
    .description('lists the replication slots, who reads them, and how much of the log they keep')
    .action((options: Json) =>
      ask(async (system) => {
        const slots = await slotsOf(system);
        return { text: slotTable(slots), data: slots };
      }, options),
    );
  addEnd(command, ask, {
    name: 'cancel',
    what: 'statement',
    does: 'cancels the statement of a session; the work it belongs to is retried',
  });
  addEnd(command, ask, { name: 'disconnect', what: 'session', does: 'ends a session; services and relays reconnect' });
  withConfirmation(withJson(command.command('drop-slot <NAME>')))
    .description('drops a replication slot; the relay creates a new one, and publishes from the table what the log no longer has')
    .action((name: string, options: Confirmable & Json) =>
      ask(async (system) => {
        await confirm(`Some messages will be published twice. Drop slot ${name}?`, options);
        if (!(await dropSlot(system, name))) throw new UserError(`slot ${name} not found: see npm run ftgo -- database slots`);
        return { text: `dropped slot ${name}`, data: { dropped: name } };
      }, options),
    );
}

function addEnd(command: Command, ask: Ask, { name, what, does }: { name: string; what: 'statement' | 'session'; does: string }): void {
  withConfirmation(withJson(command.command(`${name} <PID>`)))
    .description(does)
    .action((pid: string, options: Confirmable & Json) =>
      ask(async (system) => {
        if (!/^\d+$/.test(pid)) throw new UserError(`invalid pid '${pid}': expected a pid listed by npm run ftgo -- database sessions`);
        await confirm(`End the ${what} of process ${pid}?`, options);
        if (!(await endSession(system, Number(pid), what)))
          throw new UserError(`session ${pid} not found: see npm run ftgo -- database sessions`);
        return { text: `ended the ${what} of process ${pid}`, data: { ended: Number(pid) } };
      }, options),
    );
}
