import { type DescFile, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import type { Service } from '../call/methods.js';

/** The files of proto/ that the services need, and health's, in the form of the reflection service. */
export function reflectedFiles(services: readonly Service[]): PackageDefinition {
  const files = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (files.has(file.name)) return;
    files.set(file.name, file);
    file.dependencies.forEach(visit);
  };
  for (const { file } of services) visit(file);
  const fileDescriptorProtos = [...files.values()].map(({ proto }) => Buffer.from(toBinary(FileDescriptorProtoSchema, proto)));
  return { ...loadSync(healthProtoPath), ftgo: { fileDescriptorProtos } } as unknown as PackageDefinition;
}
