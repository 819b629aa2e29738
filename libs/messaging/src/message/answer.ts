import type { Envelope } from './envelope.js';
import type { ContentType } from './payload.js';

export type Outcome = 'success' | 'failure';

/** The reply to a command, ready to be sent (and to be stored and sent again). */
export interface Answer {
  readonly outcome: Outcome;
  readonly typeName: string;
  readonly dataSchema: string;
  readonly contentType: ContentType;
  readonly payload: Buffer;
}

/** The extension headers of commands and their replies. */
export const commandHeader = {
  /** Where the reply goes. */
  replyTo: 'ce_replyto',
  /** The outcome in a reply: `success` or `failure`. */
  outcome: 'ce_outcome',
} as const;

/** The channel in which the sender of a command waits for the reply. */
export const replyToOf = ({ extensions }: Pick<Envelope, 'extensions'>): string | undefined => extensions[commandHeader.replyTo];

/** The outcome in a reply; undefined if it is missing or unknown. */
export function outcomeOf({ extensions }: Pick<Envelope, 'extensions'>): Outcome | undefined {
  const outcome = extensions[commandHeader.outcome];
  return outcome === 'success' || outcome === 'failure' ? outcome : undefined;
}
