import type { Broker, Pipeline, PipelineListener } from '@ftgo/messaging/broker';

/** Resolves like `work`, unless the signal is aborted first: then it rejects with the signal's reason. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Opens a pipeline, unless the signal is aborted first. One that opens too late is closed. */
export async function openPipeline(broker: Broker, listener: PipelineListener, signal: AbortSignal): Promise<Pipeline> {
  const opening = broker.pipeline(listener);
  try {
    return await unlessAborted(signal, opening);
  } catch (error) {
    opening.then(
      (late) => late.close(),
      () => undefined,
    );
    throw error;
  }
}
