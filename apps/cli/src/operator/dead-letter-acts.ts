import { UserError } from '@ftgo/runner/errors';
import type { Command } from 'commander';
import { type ActOptions, type Confirmable, confirm, noteOf, withAct, withConfirmation } from './acts.js';
import { type Ask, type Json, withJson } from './ask.js';
import { placeOf } from './dead-letters.js';

interface RedriveOptions extends ActOptions, Json {
  readonly service?: string;
  readonly handler?: string;
  readonly topic?: string;
  readonly key?: string;
}

/** The acts on dead letters. */
export function addDeadLetterActs(command: Command, ask: Ask): void {
  withAct(withJson(command.command('redrive [ID]')))
    .description('handles a dead letter again, then those parked behind it; or all of a handler, or all with a key')
    .option('--service <NAME>', 'the service, if no ID is given')
    .option('--handler <NAME>', 'all dead letters of this handler, for example DeliveryEventHandlers.createDeliveryWhenOrderWasCreated')
    .option('--topic <TOPIC>', 'with --key: all dead letters with that key on this topic')
    .option('--key <KEY>', 'see --topic')
    .action((id: string | undefined, options: RedriveOptions) =>
      ask(async (system) => {
        const { service, path, target } = redriveOf(system, id, options);
        const { redriven } = await system.act<{ redriven: string[] }>(service, path, { ...noteOf(options), ...target });
        const refs = redriven.map((each) => `${service.name}/${each}`);
        return { text: refs.length > 0 ? `due now: ${refs.join(', ')}` : 'no dead letters match', data: { redriven: refs } };
      }, options),
    );
  withConfirmation(withAct(withJson(command.command('discard <ID>'))))
    .description('gives up on a message: it is never handled, and later ones with its key no longer wait for it')
    .action((ref: string, options: ActOptions & Confirmable & Json) =>
      ask(async (system) => {
        const { service, id } = placeOf(system, ref);
        await confirm(`Message ${ref} will never be handled. Discard it?`, options);
        await system.act(service, `dead-letters/${id}/discard`, noteOf(options));
        return { text: `${ref} is discarded`, data: { discarded: ref } };
      }, options),
    );
}

function redriveOf(system: Parameters<typeof placeOf>[0], ref: string | undefined, { service: name, handler, topic, key }: RedriveOptions) {
  if (ref !== undefined) {
    const { service, id } = placeOf(system, ref);
    return { service, path: `dead-letters/${id}/redrive`, target: {} };
  }
  if (name === undefined || (handler === undefined) === (topic === undefined || key === undefined))
    throw new UserError('cannot redrive: expected an ID, or --service with --handler, or --service with --topic and --key');
  return { service: system.owner(name), path: 'dead-letters/redrive', target: handler === undefined ? { topic, key } : { handler } };
}
