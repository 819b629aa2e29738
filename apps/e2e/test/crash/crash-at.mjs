// Preloaded into a process: stops it (SIGSTOP) when a step of a message's path is announced for the n-th time, so that it can be
// killed exactly there. FTGO_CRASH_FOLDER has a request per app, `NAME.at` with `channel#n`, which may come and go while the
// process runs. When it is met, it is renamed to `NAME.hit`.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, readFileSync, renameSync, watchFile } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const { FTGO_CRASH_FOLDER: folder } = process.env;
/** An app's program is NAME/src/main.ts. */
const app = basename(dirname(dirname(process.argv[1] ?? '')));

if (folder) {
  const request = join(folder, `${app}.at`);
  let disarm = () => {};
  const arm = () => {
    disarm();
    if (!existsSync(request)) return;
    const [channel, n] = readFileSync(request, 'utf8').split('#');
    let left = Number(n);
    const count = () => {
      if (--left > 0) return;
      disarm();
      if (isMet()) process.kill(process.pid, 'SIGSTOP');
    };
    subscribe(channel, count);
    disarm = () => unsubscribe(channel, count);
  };
  /** False if the request was withdrawn: then no one would kill the stopped process. */
  const isMet = () => {
    try {
      renameSync(request, join(folder, `${app}.hit`));
      return true;
    } catch {
      return false;
    }
  };
  watchFile(request, { interval: 50, persistent: false }, arm);
  arm();
}
