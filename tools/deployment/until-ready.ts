import { UserError } from '../infrastructure/user-error.js';
import { waitUntil } from '../infrastructure/wait.js';

/** Waits until every app answers at its URL that it is ready: what runs may not be reached yet. */
export async function untilReady(urls: readonly string[], stopping: AbortSignal): Promise<void> {
  const isReady = (url: string) =>
    fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const areReady = async () => stopping.aborted || (await Promise.all(urls.map(isReady))).every(Boolean);
  if (!(await waitUntil(areReady, { withinMs: 300_000, everyMs: 500 }))) throw new UserError('everything runs, but is not ready');
}
