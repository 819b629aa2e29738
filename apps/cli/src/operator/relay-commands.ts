import { UserError } from '@ftgo/runner/errors';
import type { Command } from 'commander';
import { type ActOptions, type Confirmable, confirm, noteOf, withAct, withConfirmation } from './acts.js';
import { type Ask, type Json, withJson } from './ask.js';
import type { ObservedSystem } from './observed-system.js';
import { outboxOf, relayLines, type ServiceOutbox } from './relays.js';
import { outboxScreen, relayScreen } from './screens.js';
import type { ServiceAddress } from './target.js';

/** What is published, what is not, and the act of giving up a message. */
export function addRelayCommands(program: Command, ask: Ask): void {
  const outbox = withJson(program.command('outbox [SERVICE]'))
    .description('shows the backlog and age of each outbox, and the messages that were skipped or rejected, by whom and why')
    .action((name: string | undefined, options: Json) =>
      ask(async (system) => {
        const services = name === undefined ? system.owners : [system.owner(name)];
        const outboxes = await Promise.all(services.map((service) => read(system, service)));
        return { text: outboxScreen(outboxes, new Date()), data: outboxes };
      }, options),
    );
  withAct(withJson(outbox.command('republish <SERVICE>')))
    .description('puts rejected messages back into the outbox; first deploy a relay that knows their channel')
    .action((name: string, options: ActOptions & Json) =>
      ask(async (system) => {
        const { republished } = await system.act<{ republished: string[] }>(system.owner(name), 'outbox/republish', noteOf(options));
        return {
          text: republished.length > 0 ? `in the outbox again: ${republished.join(', ')}` : 'nothing was rejected',
          data: { republished },
        };
      }, options),
    );
  const command = program.command('relay').description('the process that publishes the messages of the outboxes');
  withJson(command.command('status'))
    .description('shows how far the outbox of each database is published, as seen by the relay and the services')
    .action((options: Json) =>
      ask(async (system) => {
        const lines = await relayLines(system);
        return { text: relayScreen(lines), data: lines };
      }, options),
    );
  withConfirmation(withAct(withJson(command.command('skip <SERVICE> <MESSAGE_ID>'))))
    .description('gives up on a message that the broker permanently rejects: no service will receive it')
    .action((name: string, id: string, options: ActOptions & Confirmable & Json) =>
      ask(async (system) => {
        const database = system.owner(name).database?.name;
        await confirm(`No service will ever receive message ${id}. Skip it?`, options);
        await system.act(relayOf(system), 'relay/skip', { database, id, ...noteOf(options) });
        return { text: `message ${id} is skipped`, data: { skipped: id } };
      }, options),
    );
}

async function read(system: ObservedSystem, service: ServiceAddress): Promise<ServiceOutbox> {
  return { service: service.name, ...(await system.read(service, outboxOf)) };
}

function relayOf({ services }: ObservedSystem): ServiceAddress {
  const relay = services.find(({ name }) => name === 'outbox-relay');
  if (!relay) throw new UserError('this system has no outbox-relay');
  return relay;
}
