import { UserError } from '@ftgo/runner/errors';
import { type Command, InvalidArgumentError } from 'commander';
import { type ActOptions, type Confirmable, confirm, noteOf, withAct, withConfirmation } from './acts.js';
import { type Ask, type Json, withJson } from './ask.js';
import { readErasures } from './erasures.js';
import { idIn, moment, table } from './words.js';

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
  withJson(command.command('erasures'))
    .description('lists the consumers whose personal data a restore to a point in time brings back')
    .requiredOption('--since <TIME>', 'the point in time, such as 2026-11-30T12:00:00Z', timeIn)
    .action(({ since, ...options }: Json & { readonly since: Date }) =>
      ask(async (system) => {
        const { value: data = [], unknown } = await system.ask(system.owner('consumer-service'), (transactions) =>
          transactions.run((transaction) => readErasures(transaction, since)),
        );
        if (unknown !== undefined) throw new UserError(unknown);
        const rows = data.map(({ consumerId, at, actor, reason }) => [consumerId, moment(at), actor, reason ?? '']);
        return { text: table(['consumer', 'erased', 'by', 'reason'], rows, 'no consumer was erased'), data };
      }, options),
    );
}

function timeIn(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('Expected a time such as 2026-11-30T12:00:00Z');
  return time;
}
