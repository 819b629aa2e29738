import { jsonContentType, type PayloadType, protobufContentType } from '@ftgo/messaging';
import type { NestFastifyApplication } from '@ftgo/platform';
import { expect } from 'vitest';

/** The JSON that a resource in protobuf stands for. */
export type FromProtobuf = (bytes: Buffer) => object;

/** A resource that clients also get as a message of proto/, and the function that writes its JSON. */
export const fromProtobuf =
  <Resource>(message: PayloadType<Resource>, write: (resource: Resource) => object): FromProtobuf =>
  (bytes) =>
    write(message.decode(bytes, protobufContentType));

/**
 * Checks that a client that asks for protobuf gets the same as in JSON, or JSON if the resource has no such form. The keys of
 * `forms` are prefixes of paths.
 */
export async function isSameInProtobuf(
  app: NestFastifyApplication,
  { path, json }: { readonly path: string; readonly json: unknown },
  forms: Readonly<Record<string, FromProtobuf>>,
): Promise<void> {
  const [, read] = Object.entries(forms).find(([start]) => path.startsWith(start)) ?? [];
  const { statusCode, headers, rawPayload } = await app.inject({ url: path, headers: { accept: protobufContentType } });
  const type = read ? protobufContentType : jsonContentType;
  expect({ statusCode, type: headers['content-type'] }).toEqual({ statusCode: 200, type });
  if (read) expect(read(rawPayload)).toEqual(json);
}
