import { readFileSync } from 'node:fs';

/** The files from which settings were read, by their values. */
const files = new Map<string, string>();

/** Remembers that a setting was read from a file. */
export const rememberFile = (value: string, file: string): void => void files.set(value, file);

/**
 * A secret among the settings as its file has it now, so that it can be replaced without a restart. One that is not from a file, or
 * whose file cannot be read, is as it was given.
 */
export function currentSecret(value: string): string {
  const file = files.get(value);
  if (file === undefined) return value;
  try {
    return readFileSync(file, 'utf8').trim() || value;
  } catch {
    return value;
  }
}
