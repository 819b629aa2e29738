import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@ftgo/runner/processes';

const prefix = 'ftgo-disk-';
const size = '1g';
const block = Buffer.alloc(1024 * 1024);

/** A small disk that can be filled: a tmpfs, which only root may mount. */
export class LimitedDisk {
  private constructor(readonly folder: string) {}

  /** The disk, or the reason why there is none. */
  static mount(): LimitedDisk | string {
    if (process.platform !== 'linux') return 'only Linux has tmpfs';
    for (const name of readdirSync(tmpdir())) if (isLeftBehind(name)) unmount(join(tmpdir(), name));
    const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
    const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { encoding: 'utf8' });
    if (status === 0) return new LimitedDisk(folder);
    rmdirSync(folder);
    return `no tmpfs can be mounted: ${(error?.message ?? stderr).trim()}`;
  }

  fill(): void {
    const file = openSync(this.filler, 'w');
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.filler, { force: true });
  }

  close(): void {
    unmount(this.folder);
  }

  private get filler(): string {
    return join(this.folder, 'filler');
  }
}

function unmount(folder: string): void {
  spawnSync('umount', ['-l', folder]);
  rmdirSync(folder);
}

/** A run that was killed did not unmount its disk. */
function isLeftBehind(name: string): boolean {
  const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('-')[0]) : Number.NaN;
  return !Number.isNaN(pid) && !isAlive(pid);
}
