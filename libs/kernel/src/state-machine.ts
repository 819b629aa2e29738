import { DomainError } from './domain-error.js';

/** Thrown when an action is not allowed in the current state. */
export class IllegalTransition extends DomainError {
  constructor(subject: string, state: string, action: string) {
    super('ILLEGAL_TRANSITION', 'conflict', `${subject}: ${action} is not possible while ${state}`, { state, action });
  }
}

type Transitions<State extends string> = Partial<Record<State, State>>;

/** A state machine as data: for each action, the state it leads to from each state that allows it. */
export function stateMachine<State extends string, Action extends string = string>(
  subject: string,
  table: Record<Action, Transitions<State>>,
) {
  const target = (state: State, action: Action): State | undefined => table[action][state];
  return {
    /** What it is about, and the table itself, to be drawn. */
    subject,
    transitions: table as Readonly<Record<string, Readonly<Record<string, string | undefined>>>>,
    /** The state after `action`, or IllegalTransition. */
    next(state: State, action: Action): State {
      const to = target(state, action);
      if (to === undefined) throw new IllegalTransition(subject, state, action);
      return to;
    },
    allows: (state: State, action: Action): boolean => target(state, action) !== undefined,
  };
}
