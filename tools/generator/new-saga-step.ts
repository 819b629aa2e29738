import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { ChangeSet } from './change-set.js';
import { addAfterLastCall, addImport, addToConstant, addToProperty } from './edit/typescript.js';
import { generate, generated } from './generate.js';
import { messageName, type ServiceNames, serviceNames } from './names.js';
import { exportUsedFunctions, frozen, readDefinition, withStep } from './saga/definition.js';
import { render } from './templates.js';

export interface SagaStep {
  /** `create-order` */
  readonly saga: string;
  readonly step: string;
  /** The step that follows. */
  readonly before: string;
  readonly command: string;
  /** The participant. */
  readonly to: string;
  /** Ids of the saga's state that the command carries; the first one is its key. */
  readonly ids: readonly string[];
}

/** Adds a step to a saga, with a command that its participant accepts without doing anything. Changes nothing if it fails. */
export async function newSagaStep(wanted: SagaStep, onWritten: () => void = () => {}): Promise<readonly string[]> {
  const participant = serviceNames(wanted.to);
  const changes = new ChangeSet(repository);
  reject(changes, wanted, participant);
  declareCommand(changes, wanted, participant);
  addExample(changes, wanted, participant);
  addHandler(changes, wanted, participant);
  addToSaga(changes, wanted, participant);
  await changes.apply(async () => {
    onWritten();
    await generate(changes.files);
  }, generated);
  return changes.files;
}

const sagaFile = (saga: string): string => {
  const [file] = globSync(`apps/*/src/sagas/${saga}/${saga}.saga.ts`, { cwd: repository });
  if (file) return file;
  const sagas = globSync('apps/*/src/sagas/*', { cwd: repository }).map((folder) => basename(folder));
  throw new UserError(`saga ${saga} not found: expected one of ${sagas.toSorted().join(', ')}`);
};

const protoOf = ({ contract }: ServiceNames): string => `proto/ftgo/${contract}/v1/commands.proto`;

function reject(changes: ChangeSet, { saga, step, before, command, ids }: SagaStep, participant: ServiceNames): void {
  messageName(command);
  if (!/^[a-z][a-z ]*$/.test(step)) throw new UserError(`invalid step '${step}': expected words in lower case, such as 'count order'`);
  const { steps } = readDefinition(changes.read(sagaFile(saga)));
  if (steps.includes(step)) throw new UserError(`the saga ${saga} already has a step '${step}'`);
  if (!steps.includes(before)) throw new UserError(`the saga ${saga} has no step '${before}'; its steps are ${steps.join(', ')}`);
  const invalid = ids.find((id) => !/^[a-z][A-Za-z]*Id$/.test(id));
  if (invalid) throw new UserError(`invalid field '${invalid}': expected an id from the saga's state, such as orderId`);
  const proto = protoOf(participant);
  if (!changes.exists(proto))
    throw new UserError(
      `${participant.service} handles no commands: ${proto} does not exist; choose a service that handles commands, such as kitchen`,
    );
  if (new RegExp(`^message ${command} `, 'm').test(changes.read(proto)))
    throw new UserError(`cannot add ${command}: ${proto} already declares it`);
}

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const kebab = (name: string): string => snake(name).replace(/^_/, '').replaceAll('_', '-');
const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function declareCommand(changes: ChangeSet, { command, ids }: SagaStep, participant: ServiceNames): void {
  const fields = ids.map((id, i) => `  int64 ${snake(id)} = ${i + 1};`);
  const messages = [`message ${command} {`, ...fields, '}', '', `message ${command}Reply {}`, ''].join('\n');
  changes.edit(protoOf(participant), (text) => `${text.trimEnd()}\n\n${messages}`);
  changes.edit(`libs/contracts/src/${participant.contract}.ts`, (text) => {
    const settings = `key: ({ ${ids[0]} }) => ${ids[0]}, reply: nothing(${command}ReplySchema)`;
    const declaration = `export const ${command} = command(${participant.property}Commands, message(${command}Schema), { ${settings} });`;
    const declared = addAfterLastCall(text, 'command', `\n${declaration}\nexport type ${command} = PayloadOf<typeof ${command}>;`);
    const generatedFrom = `./gen/ftgo/${participant.contract}/v1/commands_pb.js`;
    return addImport(declared, generatedFrom, `${command}Schema`, `${command}ReplySchema`);
  });
}

/** The state that the participant must be in is unknown; every participant can set up `nothing`. */
function addExample(changes: ChangeSet, { saga, step, command, ids }: SagaStep, { aggregate, property }: ServiceNames): void {
  const owner = sagaFile(saga).split('/')[1] ?? '';
  const names = ids.map((id) => id.slice(0, -'Id'.length));
  const example = `${property}.command('${command}', {
    name: '${step}',
    given: 'nothing',
    ids: { ${names.map((name, i) => `${name}: ${name === 'order' ? 17 : i + 7}`).join(', ')} },
    saga: { name: '${saga}', step: '${step}' },
    key: (ids) => ids.${names[0]},
    payload: (ids) => ({ ${ids.map((id, i) => `${id}: String(ids.${names[i]})`).join(', ')} }),
    outcome: done,
  })`;
  changes.edit(`libs/contracts/examples/${owner}/commands.ts`, (text) => addToConstant(text, `to${aggregate}`, example));
}

function addHandler(changes: ChangeSet, { command }: SagaStep, { service, contract }: ServiceNames): void {
  const file = kebab(command);
  const values = { command, contract, file, handler: camel(command) };
  const folder = `apps/${service}/src/${file}`;
  for (const part of ['command-handlers', 'module'])
    changes.create(`${folder}/${file}.${part}.ts`, render(`saga-step/${part}.ts.ejs`, values));
  changes.edit(`apps/${service}/src/app.module.ts`, (text) =>
    addImport(addToProperty(text, 'imports', `${command}Module`), `./${file}/${file}.module.js`, `${command}Module`),
  );
}

function addToSaga(changes: ChangeSet, { saga, step, before, command, ids }: SagaStep, { contract }: ServiceNames): void {
  const file = sagaFile(saga);
  const { name, version } = readDefinition(changes.read(file));
  const copy = file.replace(/\.saga\.ts$/, `.v${version}.saga.ts`);
  changes.create(copy, frozen(changes.read(file), `./${saga}.saga.js`));
  changes.edit(file, (text) => {
    const payload = `({ ${ids.join(', ')} }) => ({ ${ids.join(', ')} })`;
    const extended = withStep(exportUsedFunctions(text), `.step('${step}').invoke(${command}, ${payload})`, before);
    return addImport(extended, `@ftgo/contracts/${contract}`, command);
  });
  const module = `./${copy.split('/').slice(3).join('/').replace(/\.ts$/, '.js')}`;
  changes.edit(`apps/${file.split('/')[1]}/src/app.module.ts`, (text) =>
    addImport(addToProperty(text, 'sagas', `${name}V${version}`), module, `${name}V${version}`),
  );
}
