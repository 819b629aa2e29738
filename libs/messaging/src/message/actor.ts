import type { Envelope } from './envelope.js';
import { extensionHeader } from './extensions.js';
import { type MessageContext, messageContext } from './message-context.js';

/** Carried on, so that everything that a request causes names who made it. */
const actorHeader = extensionHeader({ name: 'ce_actor', isCarried: true, pattern: /^[\x20-\x7e]{1,1000}$/ });

/** Who caused a message: `<issuer>|<subject>` or, for the messages of a saga, its service; undefined if it is unknown. */
export const actorOf = ({ extensions }: Pick<Envelope, 'extensions'>): string | undefined => extensions[actorHeader];

/** Who acts in the current request or handler; undefined if it is unknown. */
export const currentActor = (): string | undefined => messageContext.open?.extensions?.[actorHeader];

/** The context with this actor: what is sent in it names the actor. */
export const actingAs = (actor: string, context: MessageContext): MessageContext => ({
  ...context,
  extensions: { ...context.extensions, [actorHeader]: actor },
});
