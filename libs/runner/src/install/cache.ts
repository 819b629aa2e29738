import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';
import { repository } from '../workspace/repository.js';

/** The folder of an installed server. Shared by all clones of a user: the jars of Kafka are 44 MB. */
export function cacheFolder(name: string): string {
  const folder = join(config.cacheFolder, 'ftgo', name);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    const inClone = join(repository, '.cache', name);
    mkdirSync(inClone, { recursive: true });
    return inClone;
  }
}

/**
 * Creates a folder under a temporary name and renames it when it is complete, so that other processes see all of it or nothing.
 */
export async function once(target: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = mkdtempSync(`${target}-`);
  try {
    await make(unfinished);
    if (!existsSync(target)) renameSync(unfinished, target);
  } catch (error) {
    if (!existsSync(target)) throw error; // otherwise another process was faster
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
