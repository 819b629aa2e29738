import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { variableOf } from '@ftgo/platform';
import { findApps, repository } from '@ftgo/runner/workspace';
import type { Drawing } from '../architecture/drawing.js';

/** The description of a field in an app's configuration schema (zod). */
interface Field {
  readonly description?: string | undefined;
  safeParse(given: undefined): { success: boolean; data?: string | number | boolean };
}

/** The READMEs of the apps, each with a table of the variables read by its config.ts. */
export const settingsTables: readonly Drawing[] = findApps(join(repository, 'apps'), { isSecure: true })
  .filter(({ folder }) => existsSync(join(folder, 'src', 'config.ts')))
  .map(({ name }) => ({ file: `apps/${name}/README.md`, draw: (root) => withSettings(root, name) }));

async function withSettings(root: string, app: string): Promise<string> {
  const config = pathToFileURL(join(root, 'apps', app, 'src', 'config.ts')).href;
  const { schema } = (await import(/* @vite-ignore */ config)) as { schema: { shape: Record<string, Field> } };
  const rows = Object.entries(schema.shape).map(
    ([name, field]) => `| \`${variableOf(name)}\` | ${defaultOf(field)} | ${meaningOf(field)} |`,
  );
  const file = join(root, 'apps', app, 'README.md');
  const readme = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const table = [
    '<!-- settings: written by npm run generate -->',
    '',
    '| Variable | Default | |',
    '|---|---|---|',
    ...rows,
    '',
    '<!-- /settings -->',
  ];
  if (!block.test(readme))
    throw new Error(
      `cannot write the variables of ${app}: apps/${app}/README.md must contain <!-- settings --> and <!-- /settings -->; see docs/guides/add-a-service.md`,
    );
  return readme.replace(block, () => table.join('\n'));
}

const block = /<!-- settings.*?<!-- \/settings -->/s;

function defaultOf(field: Field): string {
  const { success, data } = field.safeParse(undefined);
  if (!success) return 'required';
  const isNone = data === undefined || ((data as unknown) instanceof Map && (data as unknown as Map<string, string>).size === 0);
  return isNone ? 'none' : `\`${String(data)}\``;
}

const meaningOf = ({ description = '' }: Field): string => description.replaceAll('|', '\\|');
