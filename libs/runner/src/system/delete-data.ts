import { rmSync } from 'node:fs';
import { removeDataFolder } from '../postgres/data-folder.js';
import { endLeftBehind } from '../process/left-behind.js';
import type { Home } from './home.js';

/** Deletes a home with all its contents, and ends the processes left by a killed run. */
export async function deleteData(home: Home): Promise<void> {
  await endLeftBehind(home.pids);
  removeDataFolder(home.postgresData);
  rmSync(home.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
