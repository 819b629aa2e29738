import type { CommandType, ReplyChannel } from '@ftgo/messaging';
import type { Invocation, SagaDefinition, SagaStep, ServiceClass, Undoing } from './definition.js';
import { type Duration, milliseconds } from './duration.js';
import { plainValues, type StateCodec } from './state-codec.js';
import { problemsOf } from './validate.js';

/** The properties of a saga besides its steps. */
export interface SagaOptions<State> {
  /**
   * Running sagas keep the version they started with: increase it when steps change, and register both versions while old sagas
   * run.
   */
  readonly version: number;
  /** The channel for replies to its commands. */
  readonly replies: ReplyChannel;
  /** For a state with more than plain values, Money and Date. */
  readonly codec?: StateCodec<State>;
}

/** Thrown by `build()` with all problems of the definition. */
export class InvalidSaga extends Error {
  constructor(
    name: string,
    readonly problems: readonly string[],
  ) {
    super(`invalid saga "${name}":${problems.map((problem) => `\n- ${problem}`).join('')}`);
    this.name = 'InvalidSaga';
  }
}

/** A definition to which a step can be added. */
export interface SagaSteps<State> {
  /** Adds a row to the table. Names are unique and must never change: running sagas are stored by them. */
  step(name: string): StepAction<State>;
}

/** A step whose action is to be chosen. */
export interface StepAction<State> {
  /** The step happened in the transaction that starts the saga. */
  done(): Step<State>;
  /** A command to a participant; the saga waits for its reply. */
  invoke<Command, Reply>(command: CommandType<Command, Reply>, payload: (state: State) => NoInfer<Command>): InvokedStep<State, Reply>;
  /** Work in this service, in the transaction that moves the saga. Its result is ignored. */
  local<Service>(service: ServiceClass<Service>, run: (service: Service, state: State) => unknown): Step<State>;
}

/** A step to which a compensation and a role can be added. */
export interface Step<State> extends SagaSteps<State> {
  /** How the step is undone: a command to the participant, or work in this service. `state.refusal` states why. */
  undo<Command>(command: CommandType<Command, unknown>, payload: (state: Undoing<State>) => NoInfer<Command>): this;
  undo<Service>(service: ServiceClass<Service>, run: (service: Service, state: Undoing<State>) => unknown): this;
  /**
   * The pivot, the point of no return: once it has succeeded, later steps are retried until they succeed, and nothing is
   * undone.
   */
  pivot(): this;
  /** Throws InvalidSaga. */
  build(): SagaDefinition<State>;
}

/** A step that waits for a reply. */
export interface InvokedStep<State, Reply> extends Step<State> {
  /** Applies the reply to the state; if it returns nothing, the state is unchanged. */
  onReply(change: (state: State, reply: Reply) => Partial<State> | void): this;
  /** The time limit for the reply, excluding outages. */
  deadline(duration: Duration): this;
  /** Without a reply, the command is resent with an alert until there is one; a missing reply never undoes it. */
  sendAgainWhenInDoubt(): this;
}

/** Starts the definition of a saga: `saga<CreateOrder>('create-order', { version: 1, replies }).step('create order')…`. */
export const saga = <State extends object>(name: string, options: SagaOptions<State>): SagaSteps<State> => new Builder(name, options);

type Draft<State> = { -readonly [Key in keyof SagaStep<State>]: SagaStep<State>[Key] };

class Builder<State extends object> implements StepAction<State>, InvokedStep<State, unknown> {
  private readonly drafts: Array<Draft<State>> = [];

  constructor(
    private readonly name: string,
    private readonly options: SagaOptions<State>,
  ) {}

  step(name: string): this {
    this.drafts.push({ name, action: { kind: 'done' }, pivot: false, sendAgainWhenInDoubt: false });
    return this;
  }

  done(): this {
    return this;
  }

  invoke<Command, Reply>(command: CommandType<Command, Reply>, payload: (state: State) => Command): InvokedStep<State, Reply> {
    this.last.action = { kind: 'invoke', command, payload };
    return this as InvokedStep<State, unknown> as InvokedStep<State, Reply>;
  }

  local<Service>(service: ServiceClass<Service>, run: (service: Service, state: State) => unknown): this {
    this.last.action = { kind: 'local', service, run };
    return this;
  }

  undo(target: CommandType<unknown, unknown> | ServiceClass<unknown>, how: (...args: never[]) => unknown): this {
    this.last.undo =
      typeof target === 'function' ? { kind: 'local', service: target, run: how } : { kind: 'invoke', command: target, payload: how };
    return this;
  }

  onReply(change: (state: State, reply: unknown) => Partial<State> | void): this {
    this.last.action = { ...(this.last.action as Invocation<State>), onReply: change };
    return this;
  }

  pivot(): this {
    this.last.pivot = true;
    return this;
  }

  deadline(duration: Duration): this {
    this.last.deadlineMs = milliseconds(duration);
    return this;
  }

  sendAgainWhenInDoubt(): this {
    this.last.sendAgainWhenInDoubt = true;
    return this;
  }

  build(): SagaDefinition<State> {
    const { version, replies, codec = plainValues<State>() } = this.options;
    const definition = { name: this.name, version, replies, codec, steps: this.drafts.map((draft) => Object.freeze({ ...draft })) };
    const problems = problemsOf(definition);
    if (problems.length > 0) throw new InvalidSaga(this.name, problems);
    return Object.freeze(definition);
  }

  private get last(): Draft<State> {
    return this.drafts.at(-1) as Draft<State>;
  }
}
