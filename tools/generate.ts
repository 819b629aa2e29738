// npm run generate: makes libs/contracts/src/gen from proto/.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from './system/home.js';

const bin = join(repository, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
const { status } = spawnSync(join(bin, 'buf'), ['generate'], { cwd: repository, env, stdio: 'inherit' });
process.exit(status ?? 1);
