import type { DeadLetterStatus } from '@ftgo/messaging/operations';
import type { ControlClient } from '@ftgo/runner/system';
import type { SagaStatus, SagaSummary } from '@ftgo/sagas/operations';
import { type Command, Option } from 'commander';
import { type Ask, type Json, withJson } from './ask.js';
import { addConsumerActs } from './consumer-acts.js';
import { addDeadLetterActs } from './dead-letter-acts.js';
import { deadLetterOf, deadLettersOf } from './dead-letters.js';
import { diagnose } from './diagnosis.js';
import { ObservedSystem } from './observed-system.js';
import { takePicture } from './order-picture.js';
import { addRelayCommands } from './relay-commands.js';
import { addReplicaCommands } from './replica-commands.js';
import { addSagaActs } from './saga-acts.js';
import { orderOf, saga, sagas } from './sagas.js';
import { deadLetterListScreen, deadLetterScreen, orderScreen, sagaScreen, sagaTable } from './screens.js';
import { addServerCommands } from './server-commands.js';
import { findTarget } from './target.js';
import { idIn } from './words.js';

/** Commands for operators: orders, sagas, dead letters, outboxes, the relay. */
export function addOperatorCommands(program: Command, control: ControlClient): void {
  const ask: Ask = async (question, { json }) => {
    const system = new ObservedSystem(await findTarget(control), (line) => console.error(line));
    try {
      const { text, data } = await question(system);
      console.log(json || program.opts<Json>().json ? JSON.stringify(data, undefined, 2) : text);
    } finally {
      await system.close();
    }
  };
  addOrder(program, ask);
  addSagaActs(addSaga(program, ask), ask);
  addDeadLetterActs(addDeadLetters(program, ask), ask);
  addRelayCommands(program, ask);
  addReplicaCommands(program, ask, control);
  addServerCommands(program, ask);
  addConsumerActs(program, ask);
}

function addOrder(program: Command, ask: Ask): void {
  const command = program.command('order').description('one order, across all services');
  withJson(command.command('show <ID>'))
    .description('shows an order on one screen: its parts, sagas, timeline and dead letters, and why it is stuck, if it is')
    .action((id: string, options: Json) => {
      const orderId = idIn(id, 'order');
      return ask(async (system) => {
        const picture = await takePicture(system, orderId);
        const diagnosis = diagnose(picture);
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

function addSaga(program: Command, ask: Ask): Command {
  const command = program.command('saga').description('business transactions across services');
  withJson(command.command('list'))
    .description('lists the newest 100 sagas, newest first')
    .option('--stuck', 'only sagas that need attention: stuck, or past their deadline')
    .option('--type <NAME>', 'only sagas of this type: create-order, cancel-order or revise-order')
    .addOption(new Option('--state <STATE>', 'only sagas in this state').choices(sagaStatuses))
    .action(({ stuck, type, state, ...options }: SagaListOptions) =>
      ask(async (system) => {
        const found = await sagas(system, { ...(type && { saga: type }), ...(state && { status: state }), needsOperator: stuck === true });
        return { text: sagaTable(found, new Date()), data: found.map(lineOf) };
      }, options),
    );
  withJson(command.command('show <ID>'))
    .description('shows a saga, what it is waiting for, and its history')
    .action((id: string, options: Json) =>
      ask(async (system) => {
        const found = await saga(system, id);
        return { text: sagaScreen(found, new Date()), data: found };
      }, options),
    );
  return command;
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

function addDeadLetters(program: Command, ask: Ask): Command {
  const command = program.command('dead-letters').description('messages that a service could not handle');
  withJson(command.command('list'))
    .description('lists the oldest 100 dead letters of each service, oldest first')
    .option('--service <NAME>', 'only dead letters of this service')
    .addOption(
      new Option('--state <STATE>', 'only dead letters in this state (default: deferred, dead and parked)').choices(deadLetterStatuses),
    )
    .action(({ service, state, ...options }: DeadLetterListOptions) =>
      ask(async (system) => {
        const services = service === undefined ? system.owners : [system.owner(service)];
        const list = await deadLettersOf(system, services, state ? { statuses: [state] } : {});
        return { text: deadLetterListScreen(list, new Date()), data: list };
      }, options),
    );
  withJson(command.command('show <ID>'))
    .description('shows a dead letter by its id in dead-letters list, for example kitchen-service/3')
    .option('--payload', 'include the payload, which may contain personal data')
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
  return command;
}
