/** A phrase that is never right in this repository, and its replacement. */
export interface Phrase {
  /** The source of a regular expression, ignoring case; a space also matches a line break in a comment or a paragraph. */
  readonly pattern: string;
  readonly repair: string;
}

const program = 'broker|database|kafka|postgres|postgresql|relay|server|service';

/** Only phrases that are wrong in every context: a false positive would teach people to ignore the check. */
export const phrases: readonly Phrase[] = [
  { pattern: '(?:is|are|was|were|be|been) told', repair: 'receives, is notified' },
  { pattern: '(?:tells|told) (?:its|how|what|which|us)', repair: 'reports, shows' },
  {
    pattern:
      'nobody (?:answers|asked|can|could|else|handles|has|here|is|knows|leads|listens|looks|may|needs|notices|owns|reads|sees|uses|waits|was|who|will)',
    repair: 'no one, no service, no handler',
  },
  { pattern: '(?:some|any)body (?:can|could|else|has|is|looks|may|must|notices|reads|sees|was|who)', repair: 'someone, anyone' },
  { pattern: 'whoever', repair: 'any client that, the caller' },
  { pattern: 'anew', repair: 'again, from scratch' },
  { pattern: 'mend(?:s|ed|ing)?', repair: 'fix, repair' },
  { pattern: 'seldom', repair: 'rarely' },
  { pattern: 'for ever', repair: 'forever' },
  { pattern: 'time-outs?', repair: 'timeout' },
  { pattern: '(?:is|are|was|were) there (?:already|again)', repair: 'already exists, is available again' },
  { pattern: '(?:is|are|was|were) not there', repair: 'is missing, does not exist' },
  { pattern: `(?:${program}) (?:is|was) away`, repair: 'is unavailable, is down' },
  { pattern: '(?<!there )is no (?:id|message|number|record|relay|time)', repair: 'is not a, is an invalid' },
  { pattern: 'on (?:its|their) way (?:to|through|from|when|any)', repair: 'in flight' },
  { pattern: '(?:has|have) come so far', repair: 'progress, lag' },
  { pattern: 'nothing is known of', repair: 'not found' },
  { pattern: 'knows? nothing of', repair: 'does not depend on' },
  { pattern: 'looks? whether', repair: 'checks whether' },
  { pattern: 'sees? to it that', repair: 'ensures that' },
  { pattern: 'of which no [a-z]+ (?:can|could) be', repair: 'that cannot be' },
  { pattern: '(?:at most|only) so many', repair: 'at most this many' },
  { pattern: 'never two', repair: 'no more than one' },
  { pattern: 'in turns', repair: 'alternating, in turn' },
  { pattern: 'puts? aside', repair: 'dead-lettered, deferred' },
  { pattern: '(?:that|those) which', repair: 'the one that, what' },
  { pattern: 'stands? beside', repair: 'is next to, is stored with' },
];
