import type { Message } from '@bufbuild/protobuf';
import { plainCodec } from '@ftgo/contracts/common';
import { messageContext } from '@ftgo/messaging';
import { insideSpan, type Span, traceparentOf } from '@ftgo/messaging/telemetry';
import { idempotencyKey, runAs } from '@ftgo/platform';
import { decisionOf } from '@ftgo/security';
import { type Metadata, type ServerUnaryCall, status } from '@grpc/grpc-js';
import { type CallHandler, type ExecutionContext, Logger, type NestInterceptor } from '@nestjs/common';
import { defer, map, Observable, switchMap, tap } from 'rxjs';
import { contextOfCall, idempotencyKeyOfCall } from '../call/call-context.js';
import { endCallSpan, serverSpan } from '../call/call-spans.js';
import { deadline } from '../call/deadline.js';
import { type Method, pathOf } from '../call/methods.js';
import { serverCalls } from '../call/metrics.js';
import { rpcStatusOf } from '../status/rpc-status.js';
import { admitCall } from './call-guard.js';
import { UnreadableRequest } from './package-definition.js';

const log = new Logger('Rpc');

/** Runs a call in its caller's context and within its deadline, validates both messages, and logs the outcome. */
export class RpcInterceptor implements NestInterceptor {
  private readonly path: string;
  private readonly response: (plain: unknown) => Message;

  constructor(method: Method) {
    const codec = plainCodec(method.output);
    this.path = pathOf(method);
    this.response = (plain) => codec.toMessage(plain as never);
  }

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [request, metadata, call] = execution.getArgs<[unknown, Metadata, ServerUnaryCall<unknown, unknown>]>();
    return new Observable((subscriber) => {
      const startedAt = performance.now();
      const parent = contextOfCall(metadata);
      const span = serverSpan(this.path, parent);
      const context = span ? { ...parent, traceparent: traceparentOf(span) } : parent;
      const ended = (error?: unknown): void => this.observe(performance.now() - startedAt, span, error);
      const answer = defer(() => admitCall(call, metadata, decisionOf(execution.getHandler()))).pipe(
        switchMap((principal) => {
          if (request instanceof UnreadableRequest) throw request.error;
          return runAs(principal, () => idempotencyKey.run(idempotencyKeyOfCall(metadata), () => next.handle()));
        }),
        map(this.response),
        tap({ next: () => ended(), error: ended }),
      );
      const work = () => deadline.runForCall(deadlineOf(call), () => answer.subscribe(subscriber));
      return messageContext.run(context, () => (span ? insideSpan(span, work) : work()));
    });
  }

  /** Logs unexpected errors here, since the caller does not see them. */
  private observe(durationMs: number, span: Span | undefined, error?: unknown): void {
    const failure = error === undefined ? undefined : rpcStatusOf(error);
    const code = failure?.code ?? status.OK;
    if (span) endCallSpan(span, code, 'server');
    serverCalls.observe({ rpc: this.path, code: status[code] }, durationMs / 1_000);
    const fields = { rpc: this.path, outcome: failure?.reason ?? 'ok', durationMs: Math.round(durationMs * 10) / 10 };
    if (failure?.kind === 'internal') log.error({ ...fields, err: error }, 'call failed');
    else if (failure?.kind === 'unavailable') log.warn({ ...fields, err: error }, 'call handled');
    else log.log(fields, 'call handled');
  }
}

function deadlineOf(call: ServerUnaryCall<unknown, unknown>): Date {
  const until = call.getDeadline();
  const date = until instanceof Date ? until : new Date(until);
  // grpc-js reports Infinity if there is no deadline.
  return Number.isNaN(date.getTime()) ? new Date(8.64e15) : date;
}
