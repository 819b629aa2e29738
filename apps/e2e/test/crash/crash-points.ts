import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { waitUntil } from '@ftgo/runner/processes';
import type { RunningSystem } from '@ftgo/testing';

/** The script that a system's processes must preload. */
const script = pathToFileURL(join(import.meta.dirname, 'crash-at.mjs')).href;

/** A step of a message's path, announced on a diagnostics channel. */
export interface CrashPoint {
  readonly app: string;
  readonly channel: string;
  /** Which announcement, counted from now on. */
  readonly nth: number;
}

/** Kills processes at exact steps. They announce the steps for telemetry, and need no test hooks. */
export class CrashPoints {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ftgo-crash-'));

  /** The environment that the system's processes need. */
  get environment(): Record<string, string> {
    return { NODE_OPTIONS: `--import ${script}`, FTGO_CRASH_FOLDER: this.folder };
  }

  /** SIGKILL at the n-th announcement; the process is restarted automatically. False if it was not reached in time. */
  async kill(system: RunningSystem, { app, channel, nth }: CrashPoint, withinMs = 20_000): Promise<boolean> {
    const [request, hit] = [join(this.folder, `${app}.at`), join(this.folder, `${app}.hit`)];
    rmSync(hit, { force: true });
    writeFileSync(`${request}.new`, `${channel}#${nth}`);
    renameSync(`${request}.new`, request);
    await waitUntil(() => existsSync(hit), { withinMs, everyMs: 20 });
    rmSync(request, { force: true });
    if (!existsSync(hit)) return false;
    await system.kill(app);
    return true;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
