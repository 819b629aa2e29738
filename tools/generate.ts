// npm run generate: code from proto/, and the pictures that are drawn from the code.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fromSource } from './system/app-program.js';
import { repository } from './system/home.js';

const bin = join(repository, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };

for (const template of ['buf.gen.yaml', join('libs', 'rpc', 'buf.gen.yaml')]) {
  const { status } = spawnSync(join(bin, 'buf'), ['generate', '--template', template], { cwd: repository, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
const draw = [...fromSource, join('tools', 'architecture', 'draw.ts')];
process.exitCode = spawnSync(process.execPath, draw, { cwd: repository, stdio: 'inherit' }).status ?? 1;
