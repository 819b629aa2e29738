import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Drawing, mermaid, page } from './drawing.js';

interface Manifest {
  readonly ftgo?: { readonly contracts?: readonly string[] };
}

/** The context map as it stands in the apps' package.json files, where the boundary rules enforce it. */
export const contextMapPage: Drawing = { file: 'docs/architecture/context-map.md', draw: drawContextMap };

function drawContextMap(root: string): string {
  const apps = readdirSync(join(root, 'apps'))
    .filter((name) => existsSync(join(root, 'apps', name, 'src', 'main.ts')))
    .toSorted();
  const contractsOf = (app: string): readonly string[] => {
    const { ftgo = {} } = JSON.parse(readFileSync(join(root, 'apps', app, 'package.json'), 'utf8')) as Manifest;
    return (ftgo.contracts ?? []).filter((contract) => app.replaceAll('-', '') !== `${contract}service`);
  };
  const arrows = apps.flatMap((app) => contractsOf(app).map((contract) => `  ${app} --> ${contract}["contracts of ${contract}"]`));
  const own = apps.map((app) => [app, app.replace(/-service$/, '').replaceAll('-', '')] as const);
  const owned = own
    .filter(([, contract]) => existsSync(join(root, 'libs', 'contracts', 'src', `${contract}.ts`)))
    .map(([app, contract]) => `  ${app} -. owns .-> ${contract}["contracts of ${contract}"]`);
  return page(
    'Context map',
    'Whose contracts each app uses, from `ftgo.contracts` in its package.json: importing any other contract fails `npm test`.',
    ...mermaid('flowchart LR', ...arrows, ...owned),
  );
}
