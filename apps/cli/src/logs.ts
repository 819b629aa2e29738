import { existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@ftgo/runner/errors';
import { lastLines } from '@ftgo/runner/processes';
import { type Home, readable } from '@ftgo/runner/system';

interface LogOptions {
  readonly lines: number;
  readonly isFollowing: boolean;
  readonly isRaw: boolean;
}

/** Prints the end of a process's log, even when no system is running. */
export async function showLogs(home: Home, name: string, { lines, isFollowing, isRaw }: LogOptions): Promise<void> {
  const file = home.log(name);
  if (!/^[\w-]+$/.test(name) || !existsSync(file)) throw new UserError(`log of ${name} not found: ${known(home)}`);
  const show = (text: string) => console.log(isRaw ? text : readable(text));
  show(lastLines(file, lines));
  if (isFollowing) await follow(file, show);
}

function known(home: Home): string {
  const names = new Set((existsSync(home.logs) ? readdirSync(home.logs) : []).map((log) => log.replace(/\.log(\.1)?$/, '')));
  return names.size > 0 ? `expected one of ${[...names].join(', ')}` : `${home.logs} has no logs; start the system with npm start`;
}

async function follow(file: string, show: (text: string) => void): Promise<never> {
  const handle = openSync(file, 'r');
  let at = statSync(file).size;
  let rest = '';
  for (;;) {
    const { size } = statSync(file);
    if (size > at) {
      const buffer = Buffer.alloc(size - at);
      at += readSync(handle, buffer, 0, buffer.length, at);
      const lines = (rest + buffer.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) show(lines.join('\n'));
    }
    await sleep(200);
  }
}
