// npm run bench -- NAME: runs benchmarks/NAME.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromSource, repository } from '@ftgo/runner/workspace';

const folder = join(repository, 'benchmarks');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'main.ts')))
  .map(({ name }) => name);
const [name, ...args] = process.argv.slice(2);
if (!name || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME, with NAME one of ${names.join(', ')}`);
  process.exit(1);
}
const { status } = spawnSync(process.execPath, [...fromSource, join(folder, name, 'main.ts'), ...args], {
  cwd: repository,
  stdio: 'inherit',
});
process.exit(status ?? 1);
