import type { Attributes } from '../telemetry/spans.js';
import { type Envelope, type Extensions, header } from './envelope.js';

/** The treatment of an extension header of a library or an application. */
export interface ExtensionHeader {
  /** Its name in records: `ce_tenant`. Lower-case letters, digits, `_` and `-`, starting with a letter or digit. */
  readonly name: string;
  /** Copied to the messages that are sent while a message with this header is handled. */
  readonly isCarried?: boolean;
  /** What its values must match; a received message with another value is dead-lettered. Default: any text. */
  readonly pattern?: RegExp;
  /** The span attribute that shows it. */
  readonly spanAttribute?: string;
  /** The log field that shows it. */
  readonly logField?: string;
}

/** Maximum number of cached valid names: a flood of others costs time but no memory. */
const mostNames = 1_000;
const declared = new Map<string, ExtensionHeader>();
const fixedNames: ReadonlySet<string> = new Set(Object.values(header));
/** The header in which a relay that writes one header per row puts all extensions: a JSON object of strings. */
export const allExtensions = 'ce_extensions';

/**
 * Declares a header of a library or an application; returns its name. Headers need no declaration to be sent: a declaration
 * defines their treatment. Throws if the name is invalid or fixed.
 */
export function extensionHeader(extension: ExtensionHeader): string {
  demandExtensionName(extension.name);
  declared.set(extension.name, extension);
  return extension.name;
}

/** Cache of valid names. */
const valid = new Set<string>();

/** Throws if the name is invalid for an extension header. */
export function demandExtensionName(name: string): void {
  if (isExtensionName(name)) return;
  const problem = isExtension(name)
    ? 'expected at most 100 lower-case letters, digits, _ and -, starting with a letter or digit'
    : 'this header has a fixed meaning; choose another name';
  throw new Error(`invalid extension header '${name}': ${problem}`);
}

/** True for a valid name of an extension header. */
export function isExtensionName(name: string): boolean {
  if (valid.has(name)) return true;
  if (!isExtension(name) || !/^[a-z0-9][a-z0-9_-]{0,99}$/.test(name)) return false;
  if (valid.size < mostNames) valid.add(name);
  return true;
}

/** The headers of a foreign message that another message can carry. */
export function validOf(extensions: Extensions): Extensions {
  const names = Object.keys(extensions);
  if (names.every(isExtensionName)) return extensions;
  return Object.fromEntries(Object.entries(extensions).filter(([name]) => isExtensionName(name)));
}

/** True for a header that is not one of the fixed ones. */
export const isExtension = (name: string): boolean => !fixedNames.has(name) && name !== allExtensions;

/** Those of the headers that are copied to messages sent meanwhile. */
export function carriedOf(extensions: Extensions): Extensions | undefined {
  let carried: Record<string, string> | undefined;
  for (const name in extensions) if (declared.get(name)?.isCarried) (carried ??= {})[name] = extensions[name] as string;
  return carried;
}

/** The first header whose value does not match its pattern. */
export function invalidExtension(extensions: Extensions): ExtensionHeader | undefined {
  for (const name in extensions) {
    const header = declared.get(name);
    if (header?.pattern && !header.pattern.test(extensions[name] as string)) return header;
  }
  return undefined;
}

/** Their fields in log lines. */
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

/** The span attributes of a message. The SDK omits undefined ones. */
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
