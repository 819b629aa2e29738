import { DomainError } from './domain-error.js';

/** Thrown when an action is not allowed in the current state. */
export class IllegalTransition extends DomainError {
  /** `attempt` is what is not possible, in words: `cancel order 17`. */
  constructor(attempt: string, { state, action }: { readonly state: string; readonly action: string }) {
    super('ILLEGAL_TRANSITION', 'conflict', `cannot ${attempt} in state ${state}`, { state, action });
  }
}

type Transitions<State extends string> = Partial<Record<State, State>>;

/**
 * A state machine as data: for each action, its words, which precede the subject in errors (`cancel`), and the next state by
 * current state.
 */
export function stateMachine<State extends string, Action extends string = string>(
  subject: string,
  table: Record<Action, readonly [words: string, transitions: Transitions<State>]>,
) {
  const target = (state: State, action: Action): State | undefined => table[action][1][state];
  const actions = Object.keys(table) as Action[];
  return {
    /** The subject and the transitions by action, for diagrams. */
    subject,
    transitions: Object.fromEntries(actions.map((action) => [action, table[action][1]])) as Readonly<
      Record<string, Readonly<Record<string, string | undefined>>>
    >,
    /** The state after `action`; throws IllegalTransition, which names the subject by `id`, if the action is not allowed. */
    next(state: State, action: Action, id: number | string): State {
      const to = target(state, action);
      if (to === undefined) throw new IllegalTransition(`${table[action][0]} ${subject} ${id}`, { state, action });
      return to;
    },
    allows: (state: State, action: Action): boolean => target(state, action) !== undefined,
  };
}
