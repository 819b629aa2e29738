import { type DescMethod, fromBinary, toBinary } from '@bufbuild/protobuf';
import { plainCodec } from '@ftgo/contracts/common';

/** Converts between the bytes of a call and plain values, on the client. */
export function codecOf(method: Pick<DescMethod, 'input' | 'output'>) {
  const request = plainCodec(method.input);
  const response = plainCodec(method.output);
  return {
    requestBytes: (plain: unknown): Buffer => Buffer.from(toBinary(method.input, request.toMessage(plain as never))),
    plainResponse: (bytes: Buffer): unknown => response.toPlain(fromBinary(method.output, bytes, { readUnknownFields: false })),
  };
}
