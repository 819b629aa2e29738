import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage } from './proto-image.js';

/** A JSON Schema, as far as it is written and compared here. */
export type Schema = { readonly [keyword: string]: unknown };

const scalars: Readonly<Record<string, Schema>> = {
  TYPE_STRING: { type: 'string' },
  TYPE_BOOL: { type: 'boolean' },
  TYPE_INT32: { type: 'integer' },
  TYPE_DOUBLE: { type: 'number' },
  // ProtoJSON writes 64-bit integers as text, since JavaScript could not represent all of them.
  TYPE_INT64: { type: 'string', pattern: '^-?[0-9]+$' },
};

const timestamp: Schema = { type: 'string', format: 'date-time' };

const described = (comment: string, schema: Schema): Schema =>
  comment === '' ? schema : { description: comment.replaceAll('\n', ' '), ...schema };

/** The JSON form (ProtoJSON) of every message and enum, by full name, with references to each other. */
export function schemasOf(files: readonly ProtoFile[]): Record<string, Schema> {
  const messages = files.flatMap((file) => file.messages.map((message) => [message.name, schemaOfMessage(message)] as const));
  const enums = files.flatMap((file) => file.enums.map((each) => [each.name, schemaOfEnum(each)] as const));
  return Object.fromEntries([...messages, ...enums]);
}

const schemaOfEnum = ({ comment, values }: ProtoEnum): Schema => described(comment, { type: 'string', enum: values });

/** A message field without `optional` is required; another field that has its default value (0, "") is absent. */
function schemaOfMessage({ comment, fields }: ProtoMessage): Schema {
  const required = fields.filter((field) => field.type === 'TYPE_MESSAGE' && field.label !== 'LABEL_REPEATED' && !field.proto3Optional);
  return described(comment, {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.jsonName, described(field.comment, schemaOfField(field))])),
    ...(required.length > 0 && { required: required.map(({ jsonName }) => jsonName) }),
  });
}

function schemaOfField(field: ProtoField): Schema {
  const schema = valueOf(field);
  return field.label === 'LABEL_REPEATED' ? { type: 'array', items: schema } : schema;
}

function valueOf({ type, typeName = '' }: ProtoField): Schema {
  if (typeName === '.google.protobuf.Timestamp') return timestamp;
  if (typeName !== '') return { $ref: referenceTo(typeName.slice(1)) };
  const schema = scalars[type];
  if (!schema) throw new Error(`no JSON Schema for the protobuf type ${type}: add it to tools/definitions/json-schema.ts`);
  return schema;
}

export const referenceTo = (schema: string): string => `#/components/schemas/${schema}`;

/** The names of the schemas that a part of a document refers to. */
const referencesIn = (part: unknown): string[] =>
  [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name as string);

/** The schemas that a part of a document needs, directly or through others, sorted by name. */
export function neededBy(part: unknown, schemas: Readonly<Record<string, Schema>>): Record<string, Schema> {
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    for (const next of referencesIn(schemas[name])) add(next);
  };
  for (const name of referencesIn(part)) add(name);
  return Object.fromEntries([...names].toSorted().map((name) => [name, schemas[name] as Schema]));
}
