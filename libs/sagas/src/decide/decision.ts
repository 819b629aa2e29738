import type { CommandType, Refusal } from '@ftgo/messaging';
import type { ServiceClass } from '../definition/definition.js';
import type { SagaInstance } from './instance.js';

/** What an operator may do to a saga that has not ended. */
export type OperatorAct =
  | { readonly act: 'retry' }
  /** Treats the step as done. */
  | { readonly act: 'skip' }
  | { readonly act: 'compensate'; readonly refusal: Refusal }
  /** Ends the saga because it was completed by hand; nothing more is sent. */
  | { readonly act: 'resolve'; readonly status: 'COMPLETED' | 'ROLLED_BACK' };

/** The inputs of a saga. */
export type SagaInput =
  | { readonly kind: 'begin' }
  | { readonly kind: 'reply'; readonly step: string; readonly answer: SagaAnswer; readonly messageId?: string | undefined }
  /** The deadline of `step` passed after `afterMs`. */
  | { readonly kind: 'time-up'; readonly step: string; readonly afterMs: number }
  | { readonly kind: 'local-done' }
  | { readonly kind: 'local-failed'; readonly error: string }
  /** The command of the current step cannot be written. */
  | { readonly kind: 'unsendable'; readonly error: string }
  /** `step`: the step that the operator has seen; the act is rejected if the saga has moved on. */
  | { readonly kind: 'operator'; readonly act: OperatorAct; readonly by: string; readonly reason: string; readonly step?: string };

/** A decoded reply; `unread` if it is not for the current step, whose payload is not decoded. */
export type SagaAnswer =
  | { readonly outcome: 'success'; readonly reply: unknown }
  | { readonly outcome: 'failure'; readonly refusal: Refusal }
  | { readonly outcome: 'unread' };

/** The events in the history of a saga. */
export type SagaEvent =
  | 'started'
  | 'sent'
  | 'sent-again'
  | 'succeeded'
  | 'refused'
  | 'no-answer'
  | 'failed'
  | 'ignored'
  | 'alarm'
  | 'stuck'
  | 'continued'
  | 'completed'
  | 'rolled-back'
  | 'retried-by-operator'
  | 'skipped-by-operator'
  | 'compensated-by-operator'
  | 'resolved-by-operator';

/** A row of a saga's history. */
export interface HistoryEntry {
  readonly event: SagaEvent;
  readonly step: string;
  /** The reply that was handled or the command that was sent. */
  readonly messageId?: string | undefined;
  readonly detail?: string | undefined;
  readonly operator?: string | undefined;
}

/** What the engine must do after the decision. */
export type SagaAct =
  | {
      readonly kind: 'send';
      readonly step: string;
      readonly command: CommandType<unknown, unknown>;
      readonly payload: unknown;
      readonly again: boolean;
    }
  | {
      readonly kind: 'local';
      readonly step: string;
      readonly service: ServiceClass<unknown>;
      run(service: unknown): unknown;
      readonly state: unknown;
    };

/** The state of a saga after an input, and the actions that follow. */
export interface Decision<State> {
  readonly instance: SagaInstance<State>;
  readonly history: readonly HistoryEntry[];
  readonly act?: SagaAct | undefined;
  /** The new deadline of the current step, in ms from now; undefined: none; `keep`: unchanged. */
  readonly timer: number | undefined | 'keep';
}
