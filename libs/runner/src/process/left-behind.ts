import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, isAlive, signalProcess, startTime } from './os-process.js';
import type { RememberedProcess } from './program-process.js';

/** Reads a pid file; undefined if its process has exited, even if another process has the same id now. */
export function rememberedProcess(pidFile: string): RememberedProcess | undefined {
  if (!existsSync(pidFile)) return undefined;
  try {
    const remembered = JSON.parse(readFileSync(pidFile, 'utf8')) as RememberedProcess;
    const isSame = isAlive(remembered.pid) && startTime(remembered.pid) === remembered.startTime;
    return isSame ? remembered : undefined;
  } catch {
    return undefined; // killed while writing it
  }
}

/** Ends the processes left by a killed run, by the pid files in the folder. Returns their names. */
export async function endLeftBehind(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.pid'))
    .map((file) => join(folder, file));
  const left = files.map(rememberedProcess).filter((remembered) => remembered !== undefined);
  await Promise.all(
    left.map(async ({ pid }) => {
      await endProcess(pid, [
        ['SIGTERM', 5_000],
        ['SIGKILL', 2_000],
      ]);
      signalProcess(-pid, 'SIGKILL'); // its child processes
    }),
  );
  for (const file of files) rmSync(file, { force: true });
  return left.map(({ name }) => name);
}
