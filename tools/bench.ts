// npm run bench -- NAME: runs benchmarks/NAME.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endWithUsage } from '@ftgo/runner/usage';
import { fromSource, repository } from '@ftgo/runner/workspace';

const folder = join(repository, 'benchmarks');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'main.ts')))
  .map(({ name }) => name);
const [name, ...args] = process.argv.slice(2);
if (!name || !names.includes(name)) {
  const problem = name ? `unknown benchmark '${name}'` : 'the name of a benchmark is missing';
  endWithUsage(problem, `usage: npm run bench -- NAME, with NAME one of ${names.join(', ')}`);
}
const { status } = spawnSync(process.execPath, [...fromSource, join(folder, name, 'main.ts'), ...args], {
  cwd: repository,
  stdio: 'inherit',
});
process.exit(status ?? 1);
