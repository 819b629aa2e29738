import { UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { ChangeSet } from './change-set.js';
import { addImport as addProtoImport, type Field, parseField } from './edit/proto.js';
import { addAfterLastCall, addImport } from './edit/typescript.js';
import { generate, generated } from './generate.js';
import { messageName, serviceNames } from './names.js';

/** The declared event. */
export interface NewEvent {
  readonly name: string;
  readonly service: string;
  readonly contract: string;
  readonly files: readonly string[];
}

/** Declares an event that a service publishes; changes nothing if it fails. `onWritten` is called before code is generated. */
export async function newEvent(
  owner: string,
  given: string,
  fields: readonly string[],
  onWritten: () => void = () => {},
): Promise<NewEvent> {
  const { service, contract, property } = serviceNames(owner);
  const name = messageName(given);
  const proto = `proto/ftgo/${contract}/v1/events.proto`;
  const source = `libs/contracts/src/${contract}.ts`;
  const changes = new ChangeSet(repository);
  if (!changes.exists(proto) || !changes.exists(source))
    throw new UserError(
      `cannot add ${name}: ${service} has no events in ${proto}; choose a service that publishes events, such as kitchen`,
    );
  if (new RegExp(`^message ${name} `, 'm').test(changes.read(proto)))
    throw new UserError(`cannot add ${name}: ${proto} already declares it`);
  const parsed = fields.map(parseField);
  changes.edit(proto, (text) => withMessage(text, name, parsed));
  changes.edit(source, (text) => {
    const declaration = `export const ${name} = event(${property}Events, message(${name}Schema));`;
    const declared = addAfterLastCall(text, 'event', `\n${declaration}\nexport type ${name} = PayloadOf<typeof ${name}>;`);
    return addImport(declared, `./gen/ftgo/${contract}/v1/events_pb.js`, `${name}Schema`);
  });
  await changes.apply(async () => {
    onWritten();
    await generate(changes.files);
  }, generated);
  return { name, service, contract, files: changes.files };
}

function withMessage(text: string, name: string, fields: readonly Field[]): string {
  const imports = fields.flatMap(({ imported }) => imported ?? []);
  const lines = fields.map(({ label, type, name: field }, i) => `  ${label}${type} ${field} = ${i + 1};`);
  const message = [`message ${name} {`, ...lines, '}'].join('\n');
  return `${imports.reduce(addProtoImport, text).trimEnd()}\n\n${lines.length > 0 ? message : `message ${name} {}`}\n`;
}
