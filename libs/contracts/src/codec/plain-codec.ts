import { create, type DescField, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { InvalidPayload, Mismatch } from './invalid-payload.js';
import type { PlainOf } from './plain.js';
import { type Converter, enumConverter, scalarConverter, wellKnownConverters } from './values.js';

/** Converts between the plain values of the application and the messages of protobuf-es. */
export interface PlainCodec<Desc extends DescMessage> {
  /** Throws InvalidPayload. */
  toMessage(plain: PlainOf<Desc>): MessageShape<Desc>;
  /** Throws InvalidPayload: a well-formed message may still lack what the contract requires. */
  toPlain(message: MessageShape<Desc>): PlainOf<Desc>;
}

type Fields = Record<string, unknown>;

interface Member {
  readonly name: string;
  /** Set only if a value was given. */
  readonly optional: boolean;
  readonly converter: Converter;
}

const compiled = new Map<string, Converter>();
const codecs = new Map<string, PlainCodec<DescMessage>>();

/** The codec of a message type, created once, so that nothing is looked up per message. */
export function plainCodec<Desc extends DescMessage>(desc: Desc): PlainCodec<Desc> {
  let codec = codecs.get(desc.typeName);
  if (!codec) codecs.set(desc.typeName, (codec = makeCodec(desc)));
  return codec;
}

function makeCodec(desc: DescMessage): PlainCodec<DescMessage> {
  const { toMessage, toPlain } = messageConverter(desc);
  const naming = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof Mismatch ? new InvalidPayload(desc.typeName, error.path, error.problem) : error;
    }
  };
  return {
    toMessage: (plain) => naming(() => create(desc, toMessage(plain) as MessageInitShape<DescMessage>)),
    toPlain: (message) => naming(() => toPlain(message) as never),
  };
}

function messageConverter(desc: DescMessage): Converter {
  const known = wellKnownConverters.get(desc.typeName) ?? compiled.get(desc.typeName);
  if (known) return known;
  const members: Member[] = [];
  const converter: Converter = {
    toMessage: (plain) => convertFields(members, plain, 'toMessage'),
    toPlain: (message) => convertFields(members, message, 'toPlain'),
  };
  // Registered before its members, so that a type may contain itself.
  compiled.set(desc.typeName, converter);
  members.push(...desc.fields.map(memberOf));
  return converter;
}

function convertFields(members: readonly Member[], from: unknown, direction: keyof Converter): Fields {
  if (typeof from !== 'object' || from === null) {
    // A handler without a result may return undefined.
    if (members.length === 0) return {};
    throw new Mismatch('must be an object');
  }
  const to: Fields = {};
  for (const { name, optional, converter } of members) {
    const value = (from as Fields)[name];
    if (value === undefined || value === null) {
      if (!optional) throw new Mismatch('is missing', name);
      continue;
    }
    try {
      to[name] = converter[direction](value);
    } catch (error) {
      throw error instanceof Mismatch ? error.at(name) : error;
    }
  }
  return to;
}

function memberOf(field: DescField): Member {
  return { name: field.localName, optional: field.proto.proto3Optional, converter: fieldConverter(field) };
}

function fieldConverter(field: DescField): Converter {
  switch (field.fieldKind) {
    case 'scalar':
      return scalarConverter(field.scalar);
    case 'enum':
      return enumConverter(field.enum);
    case 'message':
      return messageConverter(field.message);
    case 'list':
      return listConverter(elementConverter(field));
    default:
      throw new Error(`cannot convert ${field.toString()}: maps are not supported`);
  }
}

function elementConverter(field: DescField & { fieldKind: 'list' }): Converter {
  if (field.listKind === 'message') return messageConverter(field.message);
  return field.listKind === 'enum' ? enumConverter(field.enum) : scalarConverter(field.scalar);
}

function listConverter(element: Converter): Converter {
  const each = (direction: keyof Converter) => (values: unknown) => {
    if (!Array.isArray(values)) throw new Mismatch('must be a list');
    return values.map((value, index) => {
      try {
        return element[direction](value);
      } catch (error) {
        throw error instanceof Mismatch ? error.at(`[${index}]`) : error;
      }
    });
  };
  return { toMessage: each('toMessage'), toPlain: each('toPlain') };
}
