/** JSON payloads; the default. */
export const jsonContentType = 'application/json';
/** Binary protobuf payloads. */
export const protobufContentType = 'application/protobuf';
/** The encodings that consumers accept; a message in another one is dead-lettered. */
export type ContentType = typeof jsonContentType | typeof protobufContentType;

/** The content type of what is sent on each topic; `*` is every other one. Default: JSON. */
export type ContentTypes = Readonly<Record<string, ContentType>>;

/** How the payload of one message type is encoded and decoded. `typeName` is sent in the `ce_type` header. */
export interface PayloadType<T> {
  readonly typeName: string;
  /** Names the contract and its version; sent in `ce_dataschema`. */
  readonly dataSchema: string;
  encode(value: T, contentType: ContentType): Buffer;
  /** Throws if the bytes are not such a payload. */
  decode(bytes: Buffer, contentType: ContentType): T;
}

/**
 * A payload that is a JSON object. `parse` receives the object, and returns the payload or throws; a message for which it
 * throws is dead-lettered. Without `parse` every object is accepted.
 */
export const jsonPayload = <T extends object>(typeName: string, parse: (json: object) => T = (json) => json as T): PayloadType<T> => ({
  typeName,
  dataSchema: typeName,
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => parse(objectOf(JSON.parse(bytes.toString()))),
});

function objectOf(json: unknown): object {
  if (typeof json === 'object' && json !== null) return json;
  throw new Error('the payload is not a JSON object');
}
