import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from '../process/find-command.js';
import { UserError } from '../user-error.js';
import { run } from './run.js';

/** Copies the jars that a folder's pom.xml names, with everything that they need. */
export async function copyJars(sources: string, target: string, what: string): Promise<void> {
  const maven = findCommand('mvn');
  if (!maven) throw new UserError(`cannot download ${what}: mvn not found in the PATH; install Maven`);
  const project = mkdtempSync(`${target}-pom-`);
  try {
    copyFileSync(join(sources, 'pom.xml'), join(project, 'pom.xml')); // Maven writes next to its pom
    const args = ['-B', '-q', 'dependency:copy-dependencies', `-DoutputDirectory=${target}`, '-DincludeScope=runtime'];
    await run(maven, args, { cwd: project, failure: `Maven failed to download ${what}` });
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}
