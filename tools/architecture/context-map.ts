import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  readonly ftgo?: { readonly contracts?: readonly string[] };
}

/** Where the drawn map is kept. */
export const contextMapFile = join('docs', 'architecture', 'context-map.md');

/** The context map as it stands in the apps' package.json files, where the boundary rules enforce it. */
export function drawContextMap(root: string): string {
  const apps = readdirSync(join(root, 'apps'))
    .filter((name) => existsSync(join(root, 'apps', name, 'src', 'main.ts')))
    .toSorted();
  const contractsOf = (app: string): readonly string[] => {
    const { ftgo = {} } = JSON.parse(readFileSync(join(root, 'apps', app, 'package.json'), 'utf8')) as Manifest;
    return (ftgo.contracts ?? []).filter((contract) => app !== `${contract}-service`);
  };
  const arrows = apps.flatMap((app) => contractsOf(app).map((contract) => `  ${app} --> ${contract}["contracts of ${contract}"]`));
  const owners = apps.filter((app) => existsSync(join(root, 'libs', 'contracts', 'src', `${app.replace(/-service$/, '')}.ts`)));
  const owned = owners.map((app) => `  ${app} -. owns .-> ${app.replace(/-service$/, '')}["contracts of ${app.replace(/-service$/, '')}"]`);
  return [
    '# Context map',
    '',
    'Whose contracts each service uses. Drawn by `npm run generate` from `ftgo.contracts` in the package.json of each app; an',
    'import of any other contract fails `npm test`.',
    '',
    '```mermaid',
    'flowchart LR',
    ...arrows,
    ...owned,
    '```',
    '',
  ].join('\n');
}
