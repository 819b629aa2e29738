import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startTime } from '../process/os-process.js';
import { backUpServer, restoreServer } from './backup.js';
import { Home } from './home.js';

describe('a backup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-backup-'));
  const home = new Home(join(folder, 'home'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('replaces no existing folder', async () => {
    const backup = backUpServer({ adminUrl: '', dataFolder: '', folder });
    await expect(backup).rejects.toThrow(`${folder} already exists; name a new folder`);
  });

  it('is not restored from another folder', async () => {
    await expect(restoreServer({ folder, home })).rejects.toThrow(`${folder} is not a backup: expected a folder written by npm run ftgo`);
    expect(home.isRestored).toBe(false);
  });

  it('is not restored while the system runs', async () => {
    writeFileSync(join(folder, 'backup_label'), '');
    home.create();
    writeFileSync(home.supervisorPid, JSON.stringify({ name: 'npm start', pid: process.pid, startTime: startTime(process.pid) }));
    await expect(restoreServer({ folder, home })).rejects.toThrow(`npm start is running in ${home.folder} (process ${process.pid})`);
    expect(home.isRestored).toBe(false);
  });
});
