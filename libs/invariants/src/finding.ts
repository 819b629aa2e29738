/** What is checked, by name, in brief; README.md has the details. */
export const invariants = {
  'orders end': 'every order ends, or a saga with a live deadline is working on it',
  'tickets agree': 'each ticket matches its order and has its lines',
  'authorisations agree': 'the total of each approved order is authorised, nothing else',
  'deliveries agree': 'each delivery matches its order and ticket; exactly the authorisations of delivered orders are captured',
  'history agrees': 'the history of an order has each of its events once',
  'consumers are notified': 'each outcome of an order has one notification',
  'accounts add up': 'the sums and the limit of each account match its events',
  'replicas are current': 'each replica of a restaurant reflects its latest change',
  'outboxes are published': 'each row of an outbox is in its topic, and nothing else is',
  'messages are in order': 'messages with the same key are in the order of the outbox, without gaps',
  'messages are handled': 'each message is handled by all services that handle its type',
  'nothing is dead-lettered': 'no message waits for an operator',
} as const;

export type Invariant = keyof typeof invariants;

/** Something that does not hold: a violation, unless it is in flight. */
export interface Finding {
  readonly invariant: Invariant;
  /** What it is about: `order 17`. */
  readonly about: string;
  readonly what: string;
  /** The arguments of `npm run ftgo --` that show more. */
  readonly see: string;
  /** One service alone proves it, in one snapshot or by what is stored: no message in flight can explain it. */
  readonly isProved?: boolean | undefined;
  /** The record that it is about, if it is about one. */
  readonly place?: Place | undefined;
}

/** The place of a record in a broker. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
}

/** Something that is not finished, and why that is not a violation. */
export interface InFlight {
  readonly about: string;
  readonly what: string;
}

/** `1 order`, `2 orders`. */
export const counted = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? '' : 's'}`;

/** An amount in minor units, as text: `61.70`. */
export const money = (minorUnits: number): string => {
  const digits = String(Math.abs(minorUnits)).padStart(3, '0');
  return `${minorUnits < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
