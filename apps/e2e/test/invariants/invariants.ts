import type { RunningSystem } from '@ftgo/testing';
import type { Ftgo } from '../ftgo.js';
import { whileItMoves } from '../progress.js';
import { businessViolations } from './business.js';
import { messageViolations } from './messages.js';
import { type Picture, takePicture } from './picture.js';

const stalledAfterMs = 8_000;
const mostShown = 40;

/**
 * What is wrong with a system when everything has come to rest; nothing when all invariants hold. To be asked after
 * every test that breaks something.
 */
export async function invariants(ftgo: Ftgo<RunningSystem>): Promise<string[]> {
  const { result } = await whileItMoves(async () => {
    const picture = await takePicture(ftgo);
    const result = [...businessViolations(picture), ...messageViolations(picture)];
    return { isDone: result.length === 0, picture: progress(picture), result };
  }, stalledAfterMs);
  return result.length > mostShown ? [...result.slice(0, mostShown), `and ${result.length - mostShown} more`] : result;
}

/** Grows as long as anything is sent or handled. */
const progress = ({ records, outbox, inbox }: Picture): string =>
  [records.length, outbox.length, [...inbox.values()].reduce((sum, ids) => sum + ids.size, 0)].join();
