// npm run test:mutation: changes the code in many small ways, and reports the changes that no spec notices.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

const folder = join(repository, 'tools', 'mutation');
const stryker = join(folder, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');

const parts = JSON.parse(readFileSync(join(folder, 'parts.json'), 'utf8')) as Record<string, { readonly mutate: readonly string[] }>;
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in parts));
if (unknown === undefined) {
  process.exitCode = await mutate(asked.length > 0 ? asked : Object.keys(parts));
} else {
  console.error(`unknown part '${unknown}': expected any of ${Object.keys(parts).join(', ')}`);
  process.exitCode = 1;
}

async function mutate(names: readonly string[]): Promise<number> {
  // Stryker has 170 dependencies that nothing else needs, so it is not among those of the repository.
  if (!existsSync(stryker)) await run('npm', ['ci', '--ignore-scripts'], folder);
  const files = names.flatMap((name) => parts[name]?.mutate ?? []);
  return run(process.execPath, [stryker, 'run', join('tools', 'mutation', 'stryker.config.json'), '--mutate', files.join(',')], repository);
}

/** Resolves to the exit code. Stryker starts `node` by its name. */
function run(program: string, args: readonly string[], cwd: string): Promise<number> {
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const child = spawn(program, args, { cwd, stdio: 'inherit', env: { ...process.env, PATH: path } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
