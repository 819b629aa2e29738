import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { packAll } from './packages.js';

const destination = join(repository, 'dist');
mkdirSync(destination, { recursive: true });
for (const tarball of packAll(destination).values()) console.log(relative(process.cwd(), tarball));
