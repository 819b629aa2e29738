import { UserError } from '@ftgo/runner/errors';
import { healthAt } from '@ftgo/runner/health';
import { waitUntil } from '@ftgo/runner/processes';

/** Waits until every app answers at its URL that everything works: what runs may not be reached yet, or not consume yet. */
export async function untilReady(urls: readonly string[], stopping: AbortSignal): Promise<void> {
  const isReady = (url: string) =>
    healthAt(url, 5_000).then(
      ({ status }) => status === 'up',
      () => false,
    );
  const areReady = async () => stopping.aborted || (await Promise.all(urls.map(isReady))).every(Boolean);
  if (!(await waitUntil(areReady, { withinMs: 300_000, everyMs: 500 }))) throw new UserError('everything runs, but is not ready');
}
