import type { Envelope } from './envelope.js';

export type Outcome = 'success' | 'failure';

/** The extension headers of commands and their replies. */
export const commandHeader = {
  /** Where the reply goes. */
  replyTo: 'ce_replyto',
  /** `success` or `failure`: what a reply says. */
  outcome: 'ce_outcome',
} as const;

/** The channel in which the sender of a command waits for the reply. */
export const replyToOf = ({ extensions }: Pick<Envelope, 'extensions'>): string | undefined => extensions[commandHeader.replyTo];

/** What a reply says of its command; undefined when it says neither. */
export function outcomeOf({ extensions }: Pick<Envelope, 'extensions'>): Outcome | undefined {
  const outcome = extensions[commandHeader.outcome];
  return outcome === 'success' || outcome === 'failure' ? outcome : undefined;
}
