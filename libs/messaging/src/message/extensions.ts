import type { Attributes } from '../telemetry/spans.js';
import { type Envelope, type Extensions, header } from './envelope.js';

/** What a library or an application does with a header of its own. */
export interface ExtensionHeader {
  /** As it stands in records: `ce_tenant`. Lower case, digits, `_` and `-`. */
  readonly name: string;
  /** What is sent while a message with this header is handled has it too. */
  readonly isCarried?: boolean;
  /** The attribute of spans that shows it. */
  readonly spanAttribute?: string;
  /** The field of log lines that shows it. */
  readonly logField?: string;
}

/** Names that are known to be valid; so many that a flood of others costs time and no memory. */
const mostNames = 1_000;
const declared = new Map<string, ExtensionHeader>();
const fixedNames: ReadonlySet<string> = new Set(Object.values(header));
/** Where a relay that writes each row with one header puts all extensions: a JSON object of names and texts. */
export const allExtensions = 'ce_extensions';

/**
 * Declares a header of a library or an application; returns its name. Headers need no declaration to travel: it says what
 * else is done with one. Throws on a name that is invalid or fixed.
 */
export function extensionHeader(extension: ExtensionHeader): string {
  demandExtensionName(extension.name);
  declared.set(extension.name, extension);
  return extension.name;
}

/** Names that are known to be valid. */
const valid = new Set<string>();

/** Throws on a name that no extension header can have. */
export function demandExtensionName(name: string): void {
  if (isExtensionName(name)) return;
  const problem = isExtension(name)
    ? 'expected at most 100 lower-case letters, digits, _ and -'
    : 'this header has a fixed meaning; choose another name';
  throw new Error(`invalid extension header '${name}': ${problem}`);
}

/** True for a name that an extension header can have. */
export function isExtensionName(name: string): boolean {
  if (valid.has(name)) return true;
  if (!isExtension(name) || !/^[a-z0-9][a-z0-9_-]{0,99}$/.test(name)) return false;
  if (valid.size < mostNames) valid.add(name);
  return true;
}

/** Those of a foreign message that another message can carry. */
export function validOf(extensions: Extensions): Extensions {
  const names = Object.keys(extensions);
  if (names.every(isExtensionName)) return extensions;
  return Object.fromEntries(Object.entries(extensions).filter(([name]) => isExtensionName(name)));
}

/** True for a header that is none of the fixed ones. */
export const isExtension = (name: string): boolean => !fixedNames.has(name) && name !== allExtensions;

/** Of these, the headers that are copied to messages sent meanwhile. */
export function carriedOf(extensions: Extensions): Extensions | undefined {
  let carried: Record<string, string> | undefined;
  for (const name in extensions) if (declared.get(name)?.isCarried) (carried ??= {})[name] = extensions[name] as string;
  return carried;
}

/** What log lines show of them. */
export const logFieldsOf = (extensions: Extensions): Record<string, string> => shown(extensions, 'logField');

function shown(extensions: Extensions, place: 'spanAttribute' | 'logField'): Record<string, string> {
  const all: Record<string, string> = {};
  for (const name in extensions) {
    const shownAs = declared.get(name)?.[place];
    if (shownAs !== undefined) all[shownAs] = extensions[name] as string;
  }
  return all;
}

type Described = Pick<Envelope, 'id' | 'type' | 'source' | 'subject' | 'correlationId' | 'extensions'>;

/** What a span says of a message. Attributes that are undefined are left out by the SDK. */
export const attributesOf = (message: Described, topic: string): Attributes => ({
  'messaging.destination.name': topic,
  'messaging.message.id': message.id,
  'messaging.message.conversation_id': message.correlationId,
  'cloudevents.event_id': message.id,
  'cloudevents.event_type': message.type,
  'cloudevents.event_source': message.source,
  'cloudevents.event_subject': message.subject,
  ...shown(message.extensions, 'spanAttribute'),
});
