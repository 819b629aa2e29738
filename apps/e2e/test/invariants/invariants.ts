import type { RunningSystem } from '@ftgo/testing';
import type { Ftgo } from '../ftgo.js';
import { whileInProgress } from '../progress.js';
import { businessViolations } from './business.js';
import { messageViolations } from './messages.js';
import { type Picture, takePicture } from './picture.js';

const stalledAfterMs = 8_000;
const mostShown = 40;

/**
 * The violated invariants of a system once no message is in flight; empty if all hold. Call it after every test that
 * breaks something.
 */
export async function invariants(ftgo: Ftgo<RunningSystem>): Promise<string[]> {
  const { result } = await whileInProgress(async () => {
    const picture = await takePicture(ftgo);
    const result = [...businessViolations(picture), ...messageViolations(picture)];
    return { isDone: result.length === 0, picture: progress(picture), result };
  }, stalledAfterMs);
  return result.length > mostShown ? [...result.slice(0, mostShown), `and ${result.length - mostShown} more`] : result;
}

/** Increases while messages are sent or handled. */
const progress = ({ records, outbox, inbox }: Picture): string =>
  [records.length, outbox.length, [...inbox.values()].reduce((sum, ids) => sum + ids.size, 0)].join();
