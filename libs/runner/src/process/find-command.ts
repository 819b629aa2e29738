import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { config } from '../config.js';

/** The path of a command in the PATH. */
export function findCommand(name: string): string | undefined {
  return config.path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
