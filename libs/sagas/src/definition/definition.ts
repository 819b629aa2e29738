import type { CommandType, Refusal, ReplyChannel } from '@ftgo/messaging';
import type { StateCodec } from './state-codec.js';

/** A class of the application, resolved from its container; a local step runs one of its methods. */
export type ServiceClass<Service> = abstract new (...args: never[]) => Service;

/** The argument of a compensation's functions: the state, and why the saga is undone. */
export type Undoing<State> = State & { readonly refusal: Refusal };

/** A command to a participant, with a reply on the saga's reply channel. */
export interface Invocation<State> {
  readonly kind: 'invoke';
  readonly command: CommandType<unknown, unknown>;
  payload(state: State): unknown;
  /** Applies the reply to the state. */
  onReply?(state: State, reply: unknown): Partial<State> | void;
}

/** Work in the service that owns the saga, in the transaction that moves the saga. */
export interface LocalWork<State> {
  readonly kind: 'local';
  readonly service: ServiceClass<unknown>;
  run(service: unknown, state: State): unknown;
}

/** A step that happened in the transaction that starts the saga. */
export interface AlreadyDone {
  readonly kind: 'done';
}

/** A row of the saga's table. */
export interface SagaStep<State> {
  readonly name: string;
  readonly action: Invocation<State> | LocalWork<State> | AlreadyDone;
  readonly undo?: Invocation<Undoing<State>> | LocalWork<Undoing<State>> | undefined;
  readonly pivot: boolean;
  /** Without a reply at the deadline, the command is resent until there is one, instead of being undone. */
  readonly sendAgainWhenInDoubt: boolean;
  /** Undefined: the engine's default. */
  readonly deadlineMs?: number | undefined;
}

/** A saga as data: it can be run, tested and drawn. */
export interface SagaDefinition<State> {
  readonly name: string;
  readonly version: number;
  readonly replies: ReplyChannel;
  readonly codec: StateCodec<State>;
  readonly steps: ReadonlyArray<SagaStep<State>>;
}

const undoSuffix = ':undo';

/** The name under which the compensation of a step is sent: `create ticket:undo`. */
export const undoOf = (step: string): string => `${step}${undoSuffix}`;
export const isUndo = (step: string): boolean => step.endsWith(undoSuffix);
/** The step that a compensation belongs to; for a forward step its own name. */
export const forwardOf = (step: string): string => (isUndo(step) ? step.slice(0, -undoSuffix.length) : step);
