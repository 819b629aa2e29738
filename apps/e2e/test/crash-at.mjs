// Preloaded into a service or the relay: kills it with SIGKILL, once, when a step of a message's path is announced for the
// n-th time. FTGO_CRASH_AT is `channel#n`; the file FTGO_CRASH_MARK records that it has happened.
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, writeFileSync } from 'node:fs';

const { FTGO_CRASH_AT: at, FTGO_CRASH_MARK: mark } = process.env;

if (at && mark && !existsSync(mark)) {
  const [channel, n] = at.split('#');
  let left = Number(n);
  subscribe(channel, () => {
    if (--left > 0) return;
    writeFileSync(mark, String(process.pid));
    process.kill(process.pid, 'SIGKILL');
  });
}
