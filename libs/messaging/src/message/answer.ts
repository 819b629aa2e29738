import type { Outcome } from './commands.js';
import type { ContentType } from './payload.js';

/** The answer to a command, ready to be sent (and to be kept and sent again). */
export interface Answer {
  readonly outcome: Outcome;
  readonly typeName: string;
  readonly dataSchema: string;
  readonly contentType: ContentType;
  readonly payload: Buffer;
}
