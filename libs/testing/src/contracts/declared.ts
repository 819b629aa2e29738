import { contracts } from '@ftgo/contracts';
import {
  type CommandType,
  type ContentType,
  type EventType,
  jsonContentType,
  type PayloadType,
  protobufContentType,
} from '@ftgo/messaging';

/** Everything that libs/contracts declares, by wire names. */
const declared: readonly unknown[] = Object.values(contracts).flatMap((of) => Object.values<unknown>(of));

const isOf =
  <Kind extends 'command' | 'event'>(kind: Kind) =>
  (value: unknown): value is Kind extends 'command' ? CommandType<unknown, unknown> : EventType<unknown> =>
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

const byName = <Type extends { readonly payload: PayloadType<unknown> }>(types: readonly Type[]): ReadonlyMap<string, Type> =>
  new Map(types.map((type) => [type.payload.typeName, type]));

/** The declared commands, by type name. */
export const declaredCommands = byName(declared.filter(isOf('command')));

/** The declared events, by type name. */
export const declaredEvents = byName(declared.filter(isOf('event')));

/** The payload of a message, given as ProtoJSON, in one of its encodings. */
export function bytesOf(type: PayloadType<unknown> | undefined, json: unknown, contentType: ContentType): Buffer {
  const bytes = Buffer.from(JSON.stringify(json));
  if (contentType === jsonContentType) return bytes;
  if (!type) throw new Error('only a declared message has a binary encoding');
  return type.encode(type.decode(bytes, jsonContentType), contentType);
}

/** The ProtoJSON of an encoded payload. */
export function jsonOf(type: PayloadType<unknown>, bytes: Buffer, contentType: ContentType): unknown {
  const text = contentType === jsonContentType ? bytes : type.encode(type.decode(bytes, contentType), jsonContentType);
  return JSON.parse(text.toString());
}

const contentTypes: readonly ContentType[] = [jsonContentType, protobufContentType];

/** A message may arrive in either encoding at any time: rows for `it.each`, with the title first. */
export const inBothForms = <Example>(examples: readonly Example[], titleOf: (example: Example) => string) =>
  examples.flatMap((example) => contentTypes.map((type) => [`${titleOf(example)} (${type})`, example, type] as const));
