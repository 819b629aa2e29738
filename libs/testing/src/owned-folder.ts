import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftBehind, rememberedProcess, startTime } from '@ftgo/runner/processes';

const prefix = 'ftgo-test-';
const owner = 'owner.json';

/** A temporary folder that names its owner, so that it can be cleaned up if the owner was killed. */
export function ownedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o711); // Postgres may run as another user
  writeFileSync(join(folder, owner), JSON.stringify({ name: 'owner', pid: process.pid, startTime: startTime(process.pid) }));
  return folder;
}

/** Stops the processes left by killed test runs, and deletes their folders. */
export async function cleanUpKilledRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    const isOwned = [owner, 'supervisor.pid'].some((file) => rememberedProcess(join(folder, file)));
    if (isOwned || !existsSync(join(folder, owner))) continue;
    await endLeftBehind(folder);
    await endLeftBehind(join(folder, 'run'));
    rmSync(folder, { recursive: true, force: true });
  }
}
