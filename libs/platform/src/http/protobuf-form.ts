import { type PayloadType, protobufContentType } from '@ftgo/messaging';
import type { Representation } from './represented-as.js';

/** An entry for RepresentedAs: the resource as the message of proto/ that gRPC returns too, in its binary form. */
export const protobufForm = <Resource>(
  message: PayloadType<Resource>,
): Readonly<Record<typeof protobufContentType, Representation<Resource>>> => ({
  [protobufContentType]: {
    schema: { description: `${message.typeName} in the binary form of protobuf` },
    write: (resource) => message.encode(resource, protobufContentType),
  },
});
