import {
  actingAs,
  currentActor,
  type IncomingMessage,
  type MessageContext,
  messageContext,
  type Outbox,
  outcomeOf,
  type PayloadType,
  type Refusal,
  type ReplyHandler,
  replyChannel,
  type Transaction,
  type Transactions,
  Undecodable,
} from '@ftgo/messaging';
import { activeTracer, annotateSpan } from '@ftgo/messaging/telemetry';
import { awaited } from '../decide/decide.js';
import type { HistoryEntry, SagaAnswer, SagaInput } from '../decide/decision.js';
import { newInstance, type SagaInstance } from '../decide/instance.js';
import { defaultTiming, type Timing } from '../decide/timing.js';
import type { SagaDefinition, ServiceClass } from '../definition/definition.js';
import { type SagaStepMessage, sagaDiagnostics } from '../diagnostics.js';
import { sagaHeader, sagaStepOf } from '../headers.js';
import { newSagaId } from '../saga-id.js';
import { type Driven, drive, type Surroundings } from './drive.js';
import { decodedReply, demandParticipant } from './reply.js';
import { SagaBatches } from './saga-batch.js';
import { SagaRegistry } from './saga-registry.js';
import { moving } from './saga-spans.js';
import { isSagaId, type StoredSaga, sagaStore } from './saga-store.js';
import { SagaTally } from './saga-tally.js';

/** Where the engine logs for operators; a Nest Logger fits. */
export interface SagaLogger {
  warn(message: string, details?: Record<string, unknown>): void;
  error(message: string, details?: Record<string, unknown>): void;
}

/** What the engine needs. */
export interface SagasOptions extends Partial<Timing> {
  /** The service that owns the sagas: the first part of their messages' source. */
  readonly service: string;
  readonly sagas: ReadonlyArray<SagaDefinition<unknown>>;
  readonly transactions: Transactions;
  readonly outbox: Outbox;
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
  /** Resolves the class that a local step names to its instance. */
  resolve<Service>(service: ServiceClass<Service>): Service;
  readonly logger?: SagaLogger;
}

/**
 * The saga engine: starts sagas, and moves them on replies, deadlines and operators' actions. Each move is one transaction of
 * instance, history, next command and local work.
 */
export class Sagas {
  readonly registry: SagaRegistry;
  /** Counts of its committed moves, for metrics. */
  readonly tally: SagaTally;
  private readonly timing: Timing;
  private readonly batches = new SagaBatches();

  constructor(private readonly options: SagasOptions) {
    this.registry = new SagaRegistry(options.sagas);
    this.tally = new SagaTally(this.registry.names);
    const { stepDeadlineMs = defaultTiming.stepDeadlineMs, stuckAfter = defaultTiming.stuckAfter } = options;
    this.timing = { stepDeadlineMs, stuckAfter };
  }

  /**
   * Starts a saga in the open transaction: the instance and its first command exist if and only if that commits. Returns the id
   * of the instance. Throws NoTransaction outside of one.
   */
  async start<State>(definition: SagaDefinition<State>, state: State): Promise<string> {
    const transaction = this.options.transactions.current(`starting the saga "${definition.name}"`);
    if (!this.registry.has(definition)) {
      throw new Error(`saga "${definition.name}" version ${definition.version} is not registered; add it to the engine's sagas`);
    }
    const instance = newInstance(definition, newSagaId(), state);
    const startedBy = currentActor();
    await messageContext.run(this.actingFor(startedBy, messageContext.current()), async () => {
      const surroundings = {
        ...this.surroundings(transaction, definition, instance.id),
        local: this.localOfStart,
      };
      const driven = await drive(definition, instance, { kind: 'begin' }, { timing: this.timing, surroundings });
      if (driven.instance.status === 'STUCK') throw new Error(`cannot start saga "${definition.name}": ${driven.instance.problem}`);
      this.batches.start(transaction, { ...driven, codec: definition.codec }, startedBy);
      this.announce(transaction, driven);
    });
    return instance.id;
  }

  /** Throws if a local step names a class without a provider; to be called when the application has started. */
  verify(): void {
    for (const { name, version, steps } of this.registry.definitions) {
      for (const work of steps.flatMap(({ action, undo }) => [action, undo])) {
        if (work?.kind === 'local') this.found(work.service, `saga "${name}" version ${version}`);
      }
    }
  }

  /** One handler for each reply channel; it must run in the transaction of the inbox. */
  replyHandlers(): ReplyHandler[] {
    const channels = new Map(this.registry.definitions.map(({ replies }) => [replies.topic, replies]));
    return [...channels.values()].map((channel) => ({
      kind: 'reply',
      channel,
      name: `Sagas.replied(${channel.topic})`,
      prepare: (messages) =>
        this.batches.lockAll(
          this.options.transactions.current('handling replies'),
          messages.flatMap((m) => sagaStepOf(m).sagaId ?? []),
        ),
      handle: (message) => this.replied(message),
    }));
  }

  /** Moves a saga whose deadline has passed, if it is still due. Returns false if there was nothing to do. */
  timeUp(sagaId: string): Promise<boolean> {
    return this.options.transactions.run(async (transaction) => {
      const saga = await sagaStore.lock(transaction, sagaId, 'skip');
      const due = saga && (await sagaStore.dueDeadline(transaction, sagaId));
      if (!saga || !due) return false;
      if (due.step === saga.instance.step) {
        const timeUp = { kind: 'time-up', ...due } as const;
        await moving(saga, timeUp, (context) => this.move(transaction, saga, () => timeUp, context));
      } else await sagaStore.dropDeadline(transaction, sagaId);
      return true;
    });
  }

  /** Applies an operator's action; undefined if the saga does not exist. */
  operate(sagaId: string, input: Extract<SagaInput, { kind: 'operator' }>): Promise<SagaInstance<unknown> | undefined> {
    return this.options.transactions.run(async (transaction) => {
      const saga = await sagaStore.lock(transaction, sagaId);
      return saga && (await moving(saga, input, (context) => this.move(transaction, saga, () => input, context)));
    });
  }

  /** An error of a local step at the start is thrown to the caller: nothing of the saga has happened yet. */
  private readonly localOfStart: Surroundings['local'] = async (act) => {
    await act.run(this.options.resolve(act.service));
    return {};
  };

  private async replied(message: IncomingMessage<Buffer>): Promise<void> {
    const { sagaId, sagaStep } = sagaStepOf(message);
    if (sagaId === undefined || sagaStep === undefined || outcomeOf(message) === undefined) {
      throw new Undecodable('missing headers: a reply needs ce_sagaid, ce_sagastep and ce_outcome');
    }
    const transaction = this.options.transactions.current('handling a reply');
    const saga = await this.batches.lock(transaction, sagaId);
    if (!saga) {
      this.options.logger?.warn('reply to an unknown saga ignored', { sagaId, sagaStep, messageId: message.id });
      if (isSagaId(sagaId))
        this.batches.note(transaction, sagaId, [{ event: 'ignored', step: sagaStep, messageId: message.id, detail: 'saga not found' }]);
      return;
    }
    const input = (definition: SagaDefinition<unknown>, instance: SagaInstance<unknown>): SagaInput => ({
      kind: 'reply',
      step: sagaStep,
      messageId: message.id,
      answer: this.read(message, definition, instance, sagaStep),
    });
    await this.move(transaction, saga, input, messageContext.current());
  }

  /** Throws Undecodable if the reply to the current step cannot be decoded. */
  private read(
    message: IncomingMessage<Buffer>,
    definition: SagaDefinition<unknown>,
    instance: SagaInstance<unknown>,
    step: string,
  ): SagaAnswer {
    const command = awaited(definition, instance, step);
    if (!command?.reply) return { outcome: 'unread' };
    demandParticipant(command.channel.owner, message);
    if (outcomeOf(message) === 'failure') return { outcome: 'failure', refusal: decodedReply(this.options.refusal, message) };
    return { outcome: 'success', reply: decodedReply(command.reply, message) };
  }

  /** The only way in which a stored saga changes. */
  private async move(
    transaction: Transaction,
    saga: StoredSaga,
    input: (definition: SagaDefinition<unknown>, instance: SagaInstance<unknown>) => SagaInput,
    context: MessageContext,
  ): Promise<SagaInstance<unknown>> {
    const { definition, state } = this.readable(saga.instance);
    const instance = { ...saga.instance, version: definition.version, state };
    const options = { timing: this.timing, surroundings: this.surroundings(transaction, definition, instance.id) };
    const acting = this.actingFor(saga.startedBy, context);
    const driven = await messageContext.run(acting, () => drive(definition, instance, input(definition, instance), options));
    const history = [...continued(saga.instance, instance), ...driven.history];
    if (driven.instance === instance && driven.timer === 'keep') this.batches.note(transaction, instance.id, driven.history);
    else this.batches.move(transaction, saga, { ...driven, history, codec: definition.codec });
    this.announce(transaction, driven);
    return driven.instance;
  }

  /** A saga acts as its service, and not as its starter; if that is unknown, it names no one. */
  private actingFor(startedBy: string | undefined, context: MessageContext): MessageContext {
    return startedBy === undefined ? context : actingAs(this.options.service, context);
  }

  /** The definition of a stored saga, and its decoded state. */
  private readable(stored: SagaInstance<unknown>): { definition: SagaDefinition<unknown>; state: unknown } {
    const definition = this.registry.find(stored);
    try {
      if (definition) return { definition, state: definition.codec.fromJson(stored.state) };
    } catch (error) {
      this.options.logger?.error('cannot decode the state of a saga', { ...about(stored), reason: String(error) });
    }
    return { definition: unknownDefinition(stored), state: stored.state };
  }

  private found(service: ServiceClass<unknown>, who: string): void {
    try {
      this.options.resolve(service);
    } catch (error) {
      throw new Error(`${who} needs ${service.name}, which has no provider`, { cause: error });
    }
  }

  private surroundings(transaction: Transaction, definition: SagaDefinition<unknown>, sagaId: string): Surroundings {
    const { outbox, service } = this.options;
    const sender = { source: `/${service}/sagas/${definition.name}/${sagaId}`, replyTo: definition.replies };
    return {
      send: ({ step, command, payload }) =>
        outbox.send(command, payload, { ...sender, extensions: { [sagaHeader.id]: sagaId, [sagaHeader.step]: step } }),
      local: (act) => underSavepoint(transaction, async () => act.run(this.options.resolve(act.service))),
    };
  }

  private announce(transaction: Transaction, driven: Driven<unknown>): void {
    const { instance, history } = driven;
    this.tally.note(transaction, driven);
    if (activeTracer()) annotateSpan({ 'saga.id': instance.id, 'saga.name': instance.saga, 'saga.status': instance.status });
    for (const { event, detail } of history) {
      if (event !== 'alarm' && event !== 'stuck') continue;
      this.options.logger?.error(event === 'stuck' ? 'saga is stuck' : 'saga waits past its deadline', { ...about(instance), detail });
    }
    if (sagaDiagnostics.step.hasSubscribers) {
      sagaDiagnostics.step.publish({ ...about(instance), status: instance.status, history } satisfies SagaStepMessage);
    }
  }
}

/** Resolves to the error of `work`, whose effects are undone; rejects if the rollback to the savepoint itself fails. */
async function underSavepoint(transaction: Transaction, work: () => Promise<unknown>): Promise<{ error?: unknown }> {
  let failure: { error: unknown } | undefined;
  try {
    await transaction.savepoint(async () => {
      try {
        await work();
      } catch (error) {
        failure = { error };
        throw error;
      }
    });
    return {};
  } catch (error) {
    if (failure && failure.error === error) return failure;
    throw error;
  }
}

const about = ({ id, saga, step }: SagaInstance<unknown>) => ({ sagaId: id, saga, step });

const continued = (before: SagaInstance<unknown>, { version, step }: SagaInstance<unknown>): HistoryEntry[] =>
  before.version === version
    ? []
    : [{ event: 'continued', step, detail: `version ${before.version} is no longer registered; continuing with version ${version}` }];

/**
 * Replaces a definition that is not registered (any more) or cannot decode the state: it has no steps, so every move reports
 * the problem.
 */
const unknownDefinition = ({ saga, version }: SagaInstance<unknown>): SagaDefinition<unknown> => ({
  name: saga,
  version,
  replies: replyChannel(''),
  codec: { toJson: (state) => state, fromJson: (json) => json },
  steps: [],
});
