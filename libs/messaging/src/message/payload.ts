export const jsonContentType = 'application/json';
export const protobufContentType = 'application/protobuf';
export type ContentType = typeof jsonContentType | typeof protobufContentType;

/** How the payload of one message type is written and read. `typeName` goes to the `ce_type` header. */
export interface PayloadType<T> {
  readonly typeName: string;
  /** Names the contract and its version; goes to `ce_dataschema`. */
  readonly dataSchema: string;
  encode(value: T, contentType: ContentType): Buffer;
  /** Throws on bytes that are no such payload. */
  decode(bytes: Buffer, contentType: ContentType): T;
}
