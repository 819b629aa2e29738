import type { DeadLetterStatus } from '@ftgo/messaging/operations';
import { UserError } from '@ftgo/runner/errors';
import type { ControlClient } from '@ftgo/runner/system';
import type { SagaStatus, SagaSummary } from '@ftgo/sagas/operations';
import { type Command, Option } from 'commander';
import { deadLetterOf, deadLettersOf } from './dead-letters.js';
import { ObservedSystem } from './observed-system.js';
import { takePicture } from './order-picture.js';
import { relayLines } from './relays.js';
import { orderOf, saga, sagas } from './sagas.js';
import { deadLetterListScreen, deadLetterScreen, orderScreen, relayTable, sagaScreen, sagaTable } from './screens.js';
import { findTarget } from './target.js';
import { whyStuck } from './why-stuck.js';

interface Json {
  readonly json?: boolean;
}

/** What an answer says to people, and to scripts. */
interface Answer {
  readonly text: string;
  readonly data: unknown;
}

type Ask = (question: (system: ObservedSystem) => Promise<Answer>, options: Json) => Promise<void>;

/** What operators look at: orders, sagas, dead letters, the relay. Nothing here changes anything. */
export function addOperatorCommands(program: Command, control: ControlClient): void {
  const ask: Ask = async (question, { json }) => {
    const system = new ObservedSystem(await findTarget(control));
    try {
      const { text, data } = await question(system);
      console.log(json || program.opts<Json>().json ? JSON.stringify(data, undefined, 2) : text);
    } finally {
      await system.close();
    }
  };
  addOrder(program, ask);
  addSaga(program, ask);
  addDeadLetters(program, ask);
  addRelay(program, ask);
}

function addOrder(program: Command, ask: Ask): void {
  const command = program.command('order').description('one order, wherever parts of it are');
  withJson(command.command('show <ID>'))
    .description('everything known about an order on one screen: its parts, sagas, timeline, dead letters, and why it is stuck if it is')
    .action((id: string, options: Json) => {
      const orderId = numberIn(id);
      return ask(async (system) => {
        const picture = await takePicture(system, orderId);
        const diagnosis = whyStuck(picture);
        return { text: orderScreen(picture, diagnosis), data: { ...picture, ...diagnosis } };
      }, options);
    });
}

const sagaStatuses: readonly SagaStatus[] = ['RUNNING', 'COMPENSATING', 'STUCK', 'COMPLETED', 'ROLLED_BACK'];

interface SagaListOptions extends Json {
  readonly stuck?: boolean;
  readonly type?: string;
  readonly state?: SagaStatus;
}

function addSaga(program: Command, ask: Ask): void {
  const command = program.command('saga').description('business transactions over several services');
  withJson(command.command('list'))
    .description('lists sagas, the newest 100 first')
    .option('--stuck', 'only those that need somebody: stuck, or waiting past their deadline')
    .option('--type <NAME>', 'only those of a type: create-order, cancel-order, revise-order')
    .addOption(new Option('--state <STATE>', 'only those in this state').choices(sagaStatuses))
    .action(({ stuck, type, state, ...options }: SagaListOptions) =>
      ask(async (system) => {
        const found = await sagas(system, { ...(type && { saga: type }), ...(state && { status: state }), needsSomebody: stuck === true });
        return { text: sagaTable(found, new Date()), data: found.map(lineOf) };
      }, options),
    );
  withJson(command.command('show <ID>'))
    .description('a saga with what it waits for and its history')
    .action((id: string, options: Json) =>
      ask(async (system) => {
        const found = await saga(system, id);
        return { text: sagaScreen(found, new Date()), data: found };
      }, options),
    );
}

const lineOf = ({ state, ...saga }: SagaSummary) => ({ ...saga, orderId: orderOf(state) });

const deadLetterStatuses: readonly DeadLetterStatus[] = ['deferred', 'dead', 'parked', 'redriven', 'discarded'];

interface DeadLetterListOptions extends Json {
  readonly service?: string;
  readonly state?: DeadLetterStatus;
}

interface DeadLetterShowOptions extends Json {
  readonly payload?: boolean;
}

function addDeadLetters(program: Command, ask: Ask): void {
  const command = program.command('dead-letters').description('messages that a service could not handle and keeps');
  withJson(command.command('list'))
    .description('lists them, the oldest 100 of each service first')
    .option('--service <NAME>', 'only what this service holds')
    .addOption(
      new Option('--state <STATE>', 'only those in this state; deferred, dead and parked when not said').choices(deadLetterStatuses),
    )
    .action(({ service, state, ...options }: DeadLetterListOptions) =>
      ask(async (system) => {
        const services = service === undefined ? system.owners : [system.owner(service)];
        const list = await deadLettersOf(system, services, state ? { statuses: [state] } : {});
        return { text: deadLetterListScreen(list, new Date()), data: list };
      }, options),
    );
  withJson(command.command('show <ID>'))
    .description('a dead letter, by its id in dead-letters list: kitchen-service/3 for one')
    .option('--payload', 'with what it says, which may be personal')
    .action((id: string, { payload: showsPayload = false, ...options }: DeadLetterShowOptions) =>
      ask(async (system) => {
        const message = await deadLetterOf(system, id);
        const { payload, ...rest } = message;
        return {
          text: deadLetterScreen(message, new Date(), showsPayload),
          data: showsPayload ? { ...rest, payload: payload.toString('base64') } : rest,
        };
      }, options),
    );
}

function addRelay(program: Command, ask: Ask): void {
  const command = program.command('relay').description('what publishes the messages that services write');
  withJson(command.command('status'))
    .description('how far the messages of each database are published, as the relay and the databases see it')
    .action((options: Json) =>
      ask(async (system) => {
        const lines = await relayLines(system);
        return { text: relayTable(lines), data: lines };
      }, options),
    );
}

const withJson = (command: Command): Command => command.option('--json', 'answer in JSON');

function numberIn(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new UserError(`${text} is no id of an order: it is a whole number from 1`);
}
