// npm run generate: code from proto/, then the pages of docs/ that are generated from the code.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fromSource, repository } from '@ftgo/runner/workspace';

const bin = join(repository, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };

function run(command: string, ...args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: repository, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

for (const template of ['buf.gen.yaml', join('libs', 'rpc', 'buf.gen.yaml')]) {
  run(join(bin, 'buf'), 'generate', '--template', template);
}
// The schema reports need migrated databases, which the spec creates anyway.
run(
  process.execPath,
  join('node_modules', 'vitest', 'vitest.mjs'),
  'run',
  'tools/architecture/schema-report',
  '--update',
  '--reporter=dot',
);
// Afterwards, since it draws the schemas.
run(process.execPath, ...fromSource, join('tools', 'architecture', 'draw.ts'));
