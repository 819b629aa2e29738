import { contracts } from '@ftgo/contracts';
import {
  type CommandType,
  type ContentType,
  type EventType,
  jsonContentType,
  type PayloadType,
  protobufContentType,
} from '@ftgo/messaging';

/** All that libs/contracts declares, by the names on the wire. */
const declared: readonly unknown[] = Object.values(contracts).flatMap((of) => Object.values<unknown>(of));

const isOf =
  <Kind extends 'command' | 'event'>(kind: Kind) =>
  (value: unknown): value is Kind extends 'command' ? CommandType<unknown, unknown> : EventType<unknown> =>
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

const byName = <Type extends { readonly payload: PayloadType<unknown> }>(types: readonly Type[]): ReadonlyMap<string, Type> =>
  new Map(types.map((type) => [type.payload.typeName, type]));

/** The commands that are declared, by type name. */
export const declaredCommands = byName(declared.filter(isOf('command')));

/** The events that are declared, by type name. */
export const declaredEvents = byName(declared.filter(isOf('event')));

/** The payload of a message, as ProtoJSON is, in one of the forms that it may travel in. */
export function bytesOf(type: PayloadType<unknown> | undefined, json: unknown, contentType: ContentType): Buffer {
  const bytes = Buffer.from(JSON.stringify(json));
  if (contentType === jsonContentType) return bytes;
  if (!type) throw new Error('only a declared message can travel in binary');
  return type.encode(type.decode(bytes, jsonContentType), contentType);
}

/** ProtoJSON of what has travelled. */
export function jsonOf(type: PayloadType<unknown>, bytes: Buffer, contentType: ContentType): unknown {
  const text = contentType === jsonContentType ? bytes : type.encode(type.decode(bytes, contentType), jsonContentType);
  return JSON.parse(text.toString());
}

const contentTypes: readonly ContentType[] = [jsonContentType, protobufContentType];

/** A message may come in either form at any time: rows for `it.each`, with the title first. */
export const inBothForms = <Example>(examples: readonly Example[], titleOf: (example: Example) => string) =>
  examples.flatMap((example) => contentTypes.map((type) => [`${titleOf(example)} (${type})`, example, type] as const));
