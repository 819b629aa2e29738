import { DomainError } from './domain-error.js';

/** Thrown when an action is not allowed in the current state. */
export class IllegalTransition extends DomainError {
  constructor(subject: string, state: string, action: string) {
    super('ILLEGAL_TRANSITION', 'conflict', `${subject}: ${action} is not allowed in state ${state}`, { state, action });
  }
}

type Transitions<State extends string> = Partial<Record<State, State>>;

/** A state machine as data: for each action, the next state by current state. */
export function stateMachine<State extends string, Action extends string = string>(
  subject: string,
  table: Record<Action, Transitions<State>>,
) {
  const target = (state: State, action: Action): State | undefined => table[action][state];
  return {
    /** The subject and the table, for diagrams. */
    subject,
    transitions: table as Readonly<Record<string, Readonly<Record<string, string | undefined>>>>,
    /** The state after `action`; throws IllegalTransition if the action is not allowed. */
    next(state: State, action: Action): State {
      const to = target(state, action);
      if (to === undefined) throw new IllegalTransition(subject, state, action);
      return to;
    },
    allows: (state: State, action: Action): boolean => target(state, action) !== undefined,
  };
}
