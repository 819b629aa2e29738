import { UserError } from '@ftgo/runner/errors';
import { healthAt } from '@ftgo/runner/health';
import { waitUntil } from '@ftgo/runner/processes';

/** Waits until every app reports at its URL that all its parts work: a running app may not be reachable or consuming yet. */
export async function untilReady(urls: readonly string[], stopping: AbortSignal): Promise<void> {
  const isReady = (url: string) =>
    healthAt(url, 5_000).then(
      ({ status }) => status === 'up',
      () => false,
    );
  const areReady = async () => stopping.aborted || (await Promise.all(urls.map(isReady))).every(Boolean);
  if (!(await waitUntil(areReady, { withinMs: 300_000, everyMs: 500 })))
    throw new UserError('the apps are running, but did not become ready in time');
}
