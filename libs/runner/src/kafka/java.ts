import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';
import { findCommand } from '../process/find-command.js';

/** A Java runtime. */
export interface Java {
  readonly command: string;
  readonly major: number;
  /** The full version: a class data archive only works with exactly the same. */
  readonly version: string;
}

let found: Java | 'none' | undefined;

/** The Java of JAVA_HOME, otherwise of the PATH. */
export function findJava(): Java | undefined {
  found ??= find() ?? 'none';
  return found === 'none' ? undefined : found;
}

function find(): Java | undefined {
  const home = config.javaHome;
  const ofHome = home ? join(home, 'bin', 'java') : undefined;
  const command = ofHome && existsSync(ofHome) ? ofHome : findCommand('java');
  if (!command) return undefined;
  const { status, stderr } = spawnSync(command, ['-version'], { encoding: 'utf8' });
  const version = /version "([^"]+)"[^]*?\(build ([^),]+)/.exec(stderr ?? '');
  if (status !== 0 || !version) return undefined;
  const [, number = '', build = ''] = version;
  return { command, major: Number(number.split('.')[0]), version: `${number}-${build}` };
}
