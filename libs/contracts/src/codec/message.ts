import { type DescMessage, fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf';
import { type ContentType, jsonContentType, type PayloadType, protobufContentType } from '@ftgo/messaging';
import { InvalidPayload } from './invalid-payload.js';
import type { PlainOf } from './plain.js';
import { type PlainCodec, plainCodec } from './plain-codec.js';

/** Type name of the message in proto/; its package contains the contract and the version. An absolute URI, as CloudEvents requires. */
export const dataSchemaOf = (desc: DescMessage): string => `proto:${desc.typeName}`;

/** A protobuf message as a payload: ProtoJSON or binary on the wire, a plain value in the application. */
export function message<Desc extends DescMessage>(desc: Desc): PayloadType<PlainOf<Desc>> {
  const codec = plainCodec(desc);
  const writers = writersOf(desc, codec);
  const readers = readersOf(desc, codec);
  return {
    typeName: desc.typeName,
    dataSchema: dataSchemaOf(desc),
    encode: (value, contentType) => writers[contentType](value),
    decode(bytes, contentType) {
      const read = readers[contentType];
      if (!read) throw new InvalidPayload(desc.typeName, '', `unknown content type ${contentType}`);
      return read(bytes);
    },
  };
}

/** The payload of an empty reply: a handler may return undefined. */
export const nothing = (desc: DescMessage): PayloadType<void> => message(desc) as PayloadType<void>;

function writersOf<Desc extends DescMessage>(desc: Desc, codec: PlainCodec<Desc>): Record<ContentType, (value: PlainOf<Desc>) => Buffer> {
  return {
    [jsonContentType]: (value) => Buffer.from(JSON.stringify(toJson(desc, codec.toMessage(value)))),
    [protobufContentType]: (value) => asBuffer(toBinary(desc, codec.toMessage(value))),
  };
}

function readersOf<Desc extends DescMessage>(desc: Desc, codec: PlainCodec<Desc>): Record<ContentType, (bytes: Buffer) => PlainOf<Desc>> {
  const parsing =
    <T>(parse: (bytes: Buffer) => T) =>
    (bytes: Buffer): T => {
      try {
        return parse(bytes);
      } catch (error) {
        throw new InvalidPayload(desc.typeName, '', problemOf(error));
      }
    };
  const json = parsing((bytes) => fromJson(desc, JSON.parse(utf8.decode(bytes)) as JsonValue, { ignoreUnknownFields: true }));
  const binary = parsing((bytes) => fromBinary(desc, bytes, { readUnknownFields: false }));
  return {
    [jsonContentType]: (bytes) => codec.toPlain(json(bytes)),
    [protobufContentType]: (bytes) => codec.toPlain(binary(bytes)),
  };
}

/**
 * The problem and its path, without the value that parsers tend to quote: the reason goes to logs. For the same reason
 * the error has no cause.
 */
function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'not valid JSON';
  if (error instanceof TypeError) return 'not valid UTF-8';
  const problem = error instanceof Error ? error.message : String(error);
  return /^cannot decode (?:\w+ )?\S+ from JSON/.exec(problem)?.[0] ?? problem;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);
