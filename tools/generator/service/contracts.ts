import type { ChangeSet } from '../change-set.js';
import { addAfterLastCall, addExports, addNamespaceImport, addToConstant } from '../edit/typescript.js';
import type { ServiceNames } from '../names.js';

/** The channel of the service's events, its place among all contracts, and the type of its ids. */
export function declareContract(changes: ChangeSet, names: ServiceNames): void {
  const { service, contract, aggregate, property, path } = names;
  const source = `/${service}/${path}`;
  changes.edit('libs/contracts/src/channels.ts', (text) => {
    const channel = `export const ${property}Events = eventChannel('ftgo.${contract}.events', { source: '${source}' });`;
    const declared = addAfterLastCall(text, 'eventChannel', channel);
    return addToConstant(addToConstant(declared, 'channels', `${property}Events`), 'services', `'${service}'`);
  });
  changes.edit('libs/contracts/src/index.ts', (text) =>
    addNamespaceImport(addToConstant(text, 'contracts', contract), `./${contract}.js`, contract),
  );
  changes.edit('libs/contracts/package.json', (text) => withEntry(text, contract));
  const wire = `{ package: 'ftgo.${contract}.v1', service: '${aggregate}Service', topics: 'ftgo.${contract}', source: '${source}' }`;
  changes.edit('libs/contracts/examples/example.ts', (text) => addToConstant(text, 'wires', `'${service}': ${wire}`));
  changes.edit('libs/ftgo/src/ids.ts', (text) =>
    [
      `${text.trimEnd()}\n`,
      `export type ${aggregate}Id = Id<'${aggregate}'>;`,
      `export const ${property}Id = (value: number): ${aggregate}Id => id<'${aggregate}'>(value);\n`,
    ].join('\n'),
  );
  changes.edit('libs/ftgo/src/index.ts', (text) => addExports(text, './ids.js', `type ${aggregate}Id`, `${property}Id`));
}

interface Manifest {
  readonly exports: Readonly<Record<string, object>>;
}

function withEntry(text: string, contract: string): string {
  const manifest = JSON.parse(text) as Manifest;
  const entry = { '@ftgo/source': `./src/${contract}.ts`, default: `./dist/${contract}.js` };
  const { './examples': examples, ...others } = manifest.exports;
  return json({ ...manifest, exports: { ...others, [`./${contract}`]: entry, './examples': examples } });
}

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
