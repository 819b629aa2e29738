import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drawing } from '../architecture/drawing.js';
import { type Endpoint, endpoints } from './endpoints.js';

const roles = ['consumer', 'restaurant', 'courier', 'operator', 'service'];
const block = /<!-- roles.*?<!-- \/roles -->/s;
const file = 'docs/security.md';

/** docs/security.md, with a table of the roles that each operation allows. */
export const rolesTable: Drawing = {
  file,
  draw: async (root) => {
    const page = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
    if (!block.test(page)) throw new Error(`cannot write the roles: ${file} must contain <!-- roles --> and <!-- /roles -->`);
    const byOwner = Map.groupBy(await endpoints(root), ({ owner }) => owner);
    const tables = [...byOwner].flatMap(([owner, its]) => ['', `### ${owner}`, '', ...tableOf(its)]);
    return page.replace(block, () => ['<!-- roles: written by npm run generate -->', ...tables, '', '<!-- /roles -->'].join('\n'));
  },
};

const tableOf = (its: readonly Endpoint[]): string[] => [
  `| Operation | ${roles.join(' | ')} |`,
  `|---|${roles.map(() => '---|').join('')}`,
  ...its.map(({ name, decision }) => `| \`${name}\` | ${cells(decision).join(' | ')} |`),
];

function cells(decision: Endpoint['decision']): string[] {
  if (decision === 'public') return ['everyone', ...roles.slice(1).map(() => '')];
  return roles.map((role) => (decision?.includes(role) ? '✓' : ''));
}
