import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

export interface ProtoField {
  readonly name: string;
  readonly jsonName: string;
  readonly number: number;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly proto3Optional?: boolean;
}

interface Described {
  /** The comment in front of it. */
  readonly comment: string;
}

export interface ProtoMessage extends Described {
  /** The full name: `ftgo.kitchen.v1.Ticket`. */
  readonly name: string;
  readonly fields: ReadonlyArray<ProtoField & Described>;
}

export interface ProtoEnum extends Described {
  readonly name: string;
  readonly values: readonly string[];
}

export interface ProtoMethod extends Described {
  readonly name: string;
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
}

export interface ProtoService extends Described {
  readonly name: string;
  readonly methods: readonly ProtoMethod[];
}

/** A file of proto/, with its comments. */
export interface ProtoFile {
  /** `ftgo/kitchen/v1/service.proto` */
  readonly path: string;
  readonly messages: readonly ProtoMessage[];
  readonly enums: readonly ProtoEnum[];
  readonly services: readonly ProtoService[];
}

/** FileDescriptorProto as JSON, as far as it is read. */
interface Descriptor {
  readonly name: string;
  readonly package: string;
  readonly messageType?: ReadonlyArray<{ readonly name: string; readonly field?: readonly ProtoField[] }>;
  readonly enumType?: ReadonlyArray<{ readonly name: string; readonly value: ReadonlyArray<{ readonly name: string }> }>;
  readonly service?: ReadonlyArray<{ readonly name: string; readonly method?: ReadonlyArray<Omit<ProtoMethod, 'comment'>> }>;
  readonly sourceCodeInfo?: { readonly location: ReadonlyArray<{ readonly path?: readonly number[]; readonly leadingComments?: string }> };
}

// The numbers of these fields in descriptor.proto, of which the paths of comments consist.
const [inMessages, inEnums, inServices, inFields, inMethods] = [4, 5, 6, 2, 2];

/** The files of proto/, as buf reads them. */
export function readProto(root = repository): ProtoFile[] {
  const json = execFileSync(join(repository, 'node_modules', '.bin', 'buf'), ['build', '-o', '-#format=json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { file } = JSON.parse(json) as { file: readonly Descriptor[] };
  return file
    .filter(({ name }) => name.startsWith('ftgo/'))
    .map(fileOf)
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function fileOf(descriptor: Descriptor): ProtoFile {
  const { name: path, messageType = [], enumType = [], service = [], sourceCodeInfo } = descriptor;
  const comments = new Map(sourceCodeInfo?.location.map((each) => [String(each.path), each.leadingComments?.trim() ?? '']));
  const comment = (...at: readonly number[]) => (comments.get(String(at)) ?? '').replaceAll(/\n ?/g, '\n');
  const fullName = (name: string) => `${descriptor.package}.${name}`;
  return {
    path,
    messages: messageType.map(({ name, field = [] }, i) => ({
      name: fullName(name),
      comment: comment(inMessages, i),
      fields: field.map((each, j) => ({ ...each, comment: comment(inMessages, i, inFields, j) })),
    })),
    enums: enumType.map(({ name, value }, i) => ({
      name: fullName(name),
      comment: comment(inEnums, i),
      values: value.map((each) => each.name),
    })),
    services: service.map(({ name, method = [] }, i) => ({
      name: fullName(name),
      comment: comment(inServices, i),
      methods: method.map((each, j) => ({ ...each, comment: comment(inServices, i, inMethods, j) })),
    })),
  };
}
