import { once } from 'node:events';
import type { DescMethod } from '@bufbuild/protobuf';
import { wallClockMs } from '@ftgo/kernel';
import { type ClientDuplexStream, type ClientReadableStream, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { callMetadata } from '../call/call-context.js';
import { clientSpan, endCallSpan } from '../call/call-spans.js';
import { codecOf } from '../call/codec.js';
import { deadline } from '../call/deadline.js';
import { isIdempotent, pathOf } from '../call/methods.js';
import { clientStreams } from '../call/metrics.js';
import type { Dependency } from './dependency.js';
import type { LiveClient } from './live-client.js';
import { errorOfCall } from './rpc-errors.js';

export interface StreamOptions {
  /** Ends the stream, as leaving the loop over it does. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a stream when its first response is requested. Throws what a unary call throws. If the server ends the stream because it
 * stops, or because the stream has reached its maximum age, throws DependencyUnavailable; `resuming` then opens the stream again.
 */
export type OpenStream<Request, Response> = (request: Request, options?: StreamOptions) => AsyncGenerator<Response, void, void>;

type Readable = ClientReadableStream<unknown>;
type Duplex = ClientDuplexStream<unknown, unknown>;

/** The streams that a client has opened. Each is read at the pace of its reader. */
export class ClientStreams {
  private readonly open = new Set<Readable>();

  constructor(
    private readonly client: LiveClient,
    private readonly dependency: Dependency,
    private readonly url: string,
  ) {}

  close(): void {
    for (const call of this.open) call.cancel();
  }

  opener(method: DescMethod): OpenStream<unknown, unknown> {
    const start = this.starter(method);
    const { dependency } = this;
    return async function* (request, { signal } = {}) {
      // The policy applies to the opening: a stream has no deadline, and does not count as a call in flight once it is open.
      const until = deadline.within(dependency.policy.deadlineMs);
      try {
        if (signal?.aborted) return;
        const call = await dependency.execute(() => opened(start(request), until), { until, isIdempotent: isIdempotent(method, request) });
        yield* responsesOf(call, signal);
      } catch (error) {
        if (!signal?.aborted) throw errorOfCall(dependency.name, error);
      }
    };
  }

  private starter(method: DescMethod): (request: unknown) => Readable {
    const path = pathOf(method);
    const { requestBytes, plainResponse } = codecOf(method);
    return (request) => {
      const span = clientSpan(path, this.url);
      const [client, metadata] = [this.client.current, callMetadata(span)];
      const call =
        method.methodKind === 'server_streaming'
          ? client.makeServerStreamRequest(path, requestBytes, plainResponse, request, metadata)
          : sending(client.makeBidiStreamRequest(path, requestBytes, plainResponse, metadata), request as AsyncIterable<unknown>);
      this.open.add(call);
      clientStreams.open.inc({ rpc: path });
      call.once('status', ({ code }) => {
        this.open.delete(call);
        clientStreams.open.dec({ rpc: path });
        clientStreams.ended.inc({ rpc: path, code: status[code] });
        if (span) endCallSpan(span, code, 'client');
      });
      return call;
    };
  }
}

/** Resolves when the peer has accepted the stream; rejects with its status, or at the deadline. */
function opened<Call extends Readable>(call: Call, until: Date): Promise<Call> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(lateError());
      call.cancel();
    }, until.getTime() - wallClockMs());
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(call);
    };
    call.once('metadata', () => settle());
    call.once('status', () => settle());
    // Without this listener, the error of a stream that no one reads any more would be uncaught.
    call.on('error', settle);
  });
}

const lateError = (): ServiceError =>
  Object.assign(new Error('the stream was not opened in time'), {
    code: status.DEADLINE_EXCEEDED,
    details: 'the stream was not opened in time',
    metadata: new Metadata(),
  });

async function* responsesOf(call: Readable, signal: AbortSignal | undefined): AsyncGenerator<unknown, void, void> {
  let failure: Error | undefined;
  // The status may arrive while no one is waiting for a response.
  call.once('error', (error: Error) => (failure = error));
  const cancel = (): void => call.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    if (signal?.aborted) return;
    yield* call as AsyncIterable<unknown>;
    if (failure) throw failure;
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    call.cancel();
  }
}

/** Sends requests as fast as the peer reads them. */
function sending(call: Duplex, requests: AsyncIterable<unknown>): Duplex {
  const ended = new AbortController();
  call.once('status', () => ended.abort());
  const send = async (): Promise<void> => {
    for await (const request of requests) {
      if (ended.signal.aborted) return;
      if (!call.write(request)) await once(call, 'drain', { signal: ended.signal });
    }
    call.end();
  };
  send().catch((error: unknown) => {
    if (!ended.signal.aborted) call.destroy(error as Error);
  });
  return call;
}
