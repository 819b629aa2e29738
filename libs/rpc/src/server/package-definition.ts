import { type DescMessage, type DescMethod, type DescService, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { InvalidPayload, plainCodec } from '@ftgo/contracts/common';
import { InvalidRequest } from '@ftgo/platform';
import type { PackageDefinition } from '@grpc/proto-loader';
import { pathOf, type Service } from '../call/methods.js';

/** A request that violates the contract; the interceptor rejects it, since errors get their form there. */
export class UnreadableRequest {
  constructor(private readonly reason: InvalidPayload) {}

  get error(): InvalidRequest {
    const { path, problem } = this.reason;
    return new InvalidRequest([{ pointer: pointerOf(path), detail: problem }]);
  }
}

/** `menu.menuItems[1].price` as a JSON pointer. */
const pointerOf = (path: string): string => (path === '' ? '' : `/${path.replaceAll(/\[(\d+)\]/g, '.$1').replaceAll('.', '/')}`);

/** The service definition for grpc-js, generated from descriptors: requests arrive as plain values, responses are messages. */
export function grpcPackageDefinition(services: readonly Service[]): PackageDefinition {
  const definitions = services.map((service) => [service.typeName, methodsOf(service)] as const);
  return Object.fromEntries(definitions) as unknown as PackageDefinition;
}

const methodsOf = ({ methods }: Pick<DescService, 'methods'>) =>
  Object.fromEntries(methods.map((method) => [method.name, methodOf(method)]));

function methodOf(method: DescMethod): object {
  const kind = method.methodKind;
  return {
    path: pathOf(method),
    originalName: method.localName,
    requestStream: kind === 'client_streaming' || kind === 'bidi_streaming',
    responseStream: kind === 'server_streaming' || kind === 'bidi_streaming',
    requestSerialize: writer(method.input),
    requestDeserialize: reader(method.input),
    responseSerialize: writer(method.output),
    responseDeserialize: reader(method.output),
  };
}

const writer = (desc: DescMessage) => (message: MessageShape<DescMessage>) => Buffer.from(toBinary(desc, message));

function reader(desc: DescMessage) {
  const codec = plainCodec(desc);
  return (bytes: Uint8Array): unknown => {
    try {
      return codec.toPlain(fromBinary(desc, bytes, { readUnknownFields: false }));
    } catch (error) {
      if (error instanceof InvalidPayload) return new UnreadableRequest(error);
      return new UnreadableRequest(new InvalidPayload(desc.typeName, '', 'the request cannot be decoded', { cause: error }));
    }
  };
}
