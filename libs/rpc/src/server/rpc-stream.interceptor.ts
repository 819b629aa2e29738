import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Message } from '@bufbuild/protobuf';
import { plainCodec } from '@ftgo/contracts/common';
import { messageContext } from '@ftgo/messaging';
import { insideSpan, traceparentOf } from '@ftgo/messaging/telemetry';
import { runAs } from '@ftgo/platform';
import { decisionOf } from '@ftgo/security';
import { Metadata, status } from '@grpc/grpc-js';
import { type CallHandler, type ExecutionContext, Logger, type NestInterceptor } from '@nestjs/common';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { contextOfCall } from '../call/call-context.js';
import { endCallSpan, serverSpan } from '../call/call-spans.js';
import { type Method, pathOf } from '../call/methods.js';
import { serverStreams } from '../call/metrics.js';
import { rpcStatusOf } from '../status/rpc-status.js';
import { admitCall } from './call-guard.js';
import { UnreadableRequest } from './package-definition.js';
import { type ServedStream, StreamCancelled } from './server-streams.js';

const log = new Logger('Rpc');

/** A stream without a response counts as open after this time; an error before that is a failure to open it. */
const quietMs = 250;

/** Serves a stream in its caller's context and at the pace of its reader, validates all messages, and logs the outcome. */
export class RpcStreamInterceptor implements NestInterceptor {
  private readonly path: string;
  private readonly response: (plain: unknown) => Message;

  constructor(method: Method) {
    const codec = plainCodec(method.output);
    this.path = pathOf(method);
    this.response = (plain) => codec.toMessage(plain as never);
  }

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [requests, stream] = execution.getArgs<[unknown, ServedStream]>();
    const admit = () => admitCall(stream.call, stream.metadata, decisionOf(execution.getHandler()));
    const work = async (): Promise<void> => {
      const principal = await admit();
      if (principal) stream.endAt(principal.expiresAt);
      return runAs(principal, () => this.work(requests, stream, next));
    };
    return defer(() => this.serve(stream, work));
  }

  private async serve(stream: ServedStream, work: () => Promise<void>): Promise<void> {
    const startedAt = performance.now();
    const parent = contextOfCall(stream.metadata);
    const span = serverSpan(this.path, parent);
    serverStreams.open.inc({ rpc: this.path });
    let code = status.OK;
    let failure: unknown;
    try {
      const context = span ? { ...parent, traceparent: traceparentOf(span) } : parent;
      await messageContext.run(context, () => (span ? insideSpan(span, work) : work()));
    } catch (error) {
      failure = error;
      code = error instanceof StreamCancelled ? status.CANCELLED : rpcStatusOf(error).code;
      throw error;
    } finally {
      if (span) endCallSpan(span, code, 'server');
      serverStreams.open.dec({ rpc: this.path });
      serverStreams.ended.inc({ rpc: this.path, code: status[code] });
      this.log(code, performance.now() - startedAt, failure);
    }
  }

  private async work(requests: unknown, { call, signal }: ServedStream, next: CallHandler): Promise<void> {
    if (requests instanceof UnreadableRequest) throw requests.error;
    const accept = setTimeout(() => call.sendMetadata(new Metadata()), quietMs);
    try {
      const responses = (await lastValueFrom(next.handle())) as AsyncIterable<unknown>;
      for await (const response of responses) {
        clearTimeout(accept);
        signal.throwIfAborted();
        if (!call.write(this.response(response))) await once(call, 'drain', { signal });
      }
      signal.throwIfAborted();
    } catch (error) {
      // If the stream is ending, the error is only a consequence: the reason for the end is thrown instead.
      signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(accept);
    }
  }

  /** Logs unexpected errors here, since the caller does not see them. */
  private log(code: status, durationMs: number, error: unknown): void {
    const fields = { rpc: this.path, outcome: code === status.OK ? 'ok' : status[code], durationMs: Math.round(durationMs) };
    if (code === status.INTERNAL) log.error({ ...fields, err: error }, 'stream failed');
    else log.log(fields, 'stream ended');
  }
}

/** The requests of a stream until it ends; one that violates the contract ends it. */
export async function* readRequests(call: Readable, signal: AbortSignal): AsyncGenerator<unknown, void, void> {
  // A handler that stops reading may still respond.
  const requests = call.iterator({ destroyOnReturn: false }) as AsyncIterator<unknown, void>;
  for (;;) {
    const { value, done } = await unlessAborted(requests.next(), signal);
    if (done) return;
    if (value instanceof UnreadableRequest) throw value.error;
    yield value;
  }
}

/** Rejects with the reason of the signal when it aborts first. */
function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const abort = (): void => reject(signal.reason as Error);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  return promise;
}
