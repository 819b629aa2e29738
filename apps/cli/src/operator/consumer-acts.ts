import type { Command } from 'commander';
import { type ActOptions, type Confirmable, confirm, noteOf, withAct, withConfirmation } from './acts.js';
import { type Ask, type Json, withJson } from './ask.js';
import { idIn } from './words.js';

interface Erasure {
  readonly consumerId: number;
  readonly actions: ReadonlyArray<{ readonly at: string; readonly actor: string; readonly reason?: string }>;
}

export function addConsumerActs(program: Command, ask: Ask): void {
  const command = program.command('consumer').description('the personal data of consumers');
  withConfirmation(withAct(withJson(command.command('erase <ID>'))))
    .description('erases the name of a consumer, and the address of each order when it has ended')
    .action((text: string, options: ActOptions & Confirmable & Json) => {
      const id = idIn(text, 'consumer');
      return ask(async (system) => {
        await confirm(`The personal data of consumer ${id} will be erased for good. Erase it?`, options);
        const data = await system.act<Erasure>(system.owner('consumer-service'), `consumers/${id}/erase`, noteOf(options));
        const [act] = data.actions;
        return { text: `consumer ${id} was erased at ${act?.at} by ${act?.actor}: ${act?.reason}`, data };
      }, options);
    });
}
