import type { ControlClient } from '@ftgo/runner/system';
import type { Command } from 'commander';
import { runRebuildProgram } from '../rebuild-program.js';
import { type ActOptions, type Confirmable, confirm, noteOf, withAct, withConfirmation } from './acts.js';
import { type Answer, type Ask, type Json, withJson } from './ask.js';
import type { ObservedSystem } from './observed-system.js';
import { followRebuild, type ReplicaView, replicasOf } from './replicas.js';
import { replicaTable } from './screens.js';

/** The data that services derive from events, and the act of rebuilding it. */
export function addReplicaCommands(program: Command, ask: Ask, control: ControlClient): void {
  const command = program.command('replica').description('data that services derive from events, their own or those of others');
  withJson(command.command('list [SERVICE]'))
    .description('lists the replicas, their state, missing events, and when they were rebuilt')
    .action((name: string | undefined, options: Json) =>
      ask(async (system) => {
        const services = name === undefined ? system.owners : [system.owner(name)];
        const replicas = await Promise.all(services.map((service) => replicasOf(system, service)));
        return { text: replicaTable(replicas, new Date()), data: replicas };
      }, options),
    );
  withAct(withJson(command.command('rebuild <SERVICE> <REPLICA>')))
    .description('rebuilds a replica from the first event while it is served, for example order-service restaurants')
    .action((service: string, replica: string, options: ActOptions & Json) =>
      ask((system) => rebuild(system, control, { service, replica, options }), options),
    );
  withConfirmation(withAct(withJson(command.command('strike-out <SERVICE> <REPLICA> <PLACES...>'))))
    .description('strikes out forged events, for example ftgo.restaurant.events/0/42, and rebuilds a replica without them')
    .action((service: string, replica: string, places: string[], options: ActOptions & Confirmable & Json) =>
      ask(async (system) => {
        await confirm(
          `${service} will never handle ${places.join(', ')} again. Strike ${places.length === 1 ? 'it' : 'them'} out and rebuild ${replica}?`,
          options,
        );
        await system.act(system.owner(service), 'struck-messages', { ...noteOf(options), places });
        return rebuild(system, control, { service, replica, options });
      }, options),
    );
  const view = program.command('view').description('the order history');
  withAct(withJson(view.command('rebuild')), 'npm run ftgo -- view rebuild')
    .description('the same as replica rebuild order-history-service orders')
    .action((options: ActOptions & Json) =>
      ask((system) => rebuild(system, control, { service: 'order-history-service', replica: 'orders', options }), options),
    );
}

interface RebuildWish {
  readonly service: string;
  readonly replica: string;
  readonly options: ActOptions & Json;
}

/** In the running service or, while it is down, by its program. */
async function rebuild(system: ObservedSystem, control: ControlClient, { service: name, replica, options }: RebuildWish): Promise<Answer> {
  const service = system.owner(name);
  const { unknown } = await replicasOf(system, service);
  if (unknown !== undefined && system.target.isOurs) {
    console.error(`${unknown}; rebuilding in a process of its own`);
    process.exitCode = await runRebuildProgram(control, { service: name, replica, ...noteOf(options) });
    return { text: '', data: { replica, exitCode: process.exitCode } };
  }
  await system.act(service, `replicas/${encodeURIComponent(replica)}/rebuild`, noteOf(options));
  const rebuilt = await followRebuild(system, service, { replica, onProgress: options.json ? () => {} : printProgress() });
  return { text: `rebuilt replica ${replica} of ${name}: ${rebuilt.actions[0]?.reason ?? ''}`, data: rebuilt };
}

function printProgress(): (view: ReplicaView) => void {
  let last = '';
  return ({ progress }) => {
    if (!progress) return;
    const { handled, skipped, detail } = progress;
    const line = [`${handled} ${handled === 1 ? 'event' : 'events'} applied, ${skipped} skipped`, detail].filter(Boolean).join('; ');
    if (line !== last && handled > 0) console.log(line);
    last = line;
  };
}
