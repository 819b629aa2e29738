import { DependencyUnavailable } from '@ftgo/platform';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';

/** Between attempts to open the stream again; cockatiel adds jitter. */
const backoff = { initialDelay: 50, maxDelay: 1_000 };

/**
 * The responses of a stream that survives its server. Whenever the server stops or cannot be reached, the stream is opened again, at
 * any instance, after the last response that was received:
 * `resuming((last) => orders.watchOrder({ orderId, afterVersion: last?.order.version ?? 0 }))`.
 */
export async function* resuming<Response>(
  open: (last: Response | undefined) => AsyncIterable<Response>,
): AsyncGenerator<Response, void, void> {
  let last: Response | undefined;
  let stream = open(last)[Symbol.asyncIterator]();
  const whenever = handleWhen((error) => error instanceof DependencyUnavailable);
  const policy = retry(whenever, { maxAttempts: Number.MAX_SAFE_INTEGER, backoff: new ExponentialBackoff(backoff) });
  try {
    for (;;) {
      const next = await policy.execute(({ attempt }) => {
        if (attempt > 0) stream = open(last)[Symbol.asyncIterator]();
        return stream.next();
      });
      if (next.done) return;
      last = next.value;
      yield last;
    }
  } finally {
    await stream.return?.();
  }
}
