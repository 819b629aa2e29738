import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findApps } from '@ftgo/runner/workspace';
import { contractsOfApps } from '../boundaries/rules.js';
import { type Drawing, mermaid, page } from './drawing.js';

/** The context map, from the apps' package.json files; the boundary rules enforce the same. */
export const contextMapPage: Drawing = { file: 'docs/architecture/context-map.md', draw: drawContextMap };

function drawContextMap(root: string): string {
  const apps = findApps(join(root, 'apps')).map(({ name }) => name);
  const contracts = contractsOfApps(root);
  const contractsOf = (app: string): readonly string[] =>
    (contracts.get(app) ?? []).filter((contract) => app.replaceAll('-', '') !== `${contract}service`);
  const arrows = apps.flatMap((app) => contractsOf(app).map((contract) => `  ${app} --> ${contract}["contracts of ${contract}"]`));
  const own = apps.map((app) => [app, app.replace(/-service$/, '').replaceAll('-', '')] as const);
  const owned = own
    .filter(([, contract]) => existsSync(join(root, 'libs', 'contracts', 'src', `${contract}.ts`)))
    .map(([app, contract]) => `  ${app} -. owns .-> ${contract}["contracts of ${contract}"]`);
  return page(
    'Context map',
    'The contracts that each app uses, from `ftgo.contracts` in its package.json: importing any other contract fails `npm test`.',
    ...mermaid('flowchart LR', ...arrows, ...owned),
  );
}
