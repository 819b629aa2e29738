import { applyDecorators, UseFilters, UseInterceptors } from '@nestjs/common';
import { GrpcMethod, GrpcStreamCall } from '@nestjs/microservices';
import type { Method, RequestOf, ResponseOf } from '../call/methods.js';
import { RpcInterceptor } from './rpc.interceptor.js';
import { RpcErrorFilter } from './rpc-error.filter.js';
import { RpcStreamInterceptor } from './rpc-stream.interceptor.js';
import type { RpcStream } from './server-streams.js';

type Handler<M> = M extends { readonly methodKind: 'unary' }
  ? (request: RequestOf<M>) => Promise<ResponseOf<M>>
  : M extends { readonly methodKind: 'server_streaming' }
    ? (request: RequestOf<M>, stream: RpcStream) => AsyncIterable<ResponseOf<M>>
    : (requests: AsyncIterable<RequestOf<M>>, stream: RpcStream) => AsyncIterable<ResponseOf<M>>;

/** Checks only the returned type: a method may return a subtype of the contract's response. */
interface Implementation<M> {
  readonly value?: Handler<M>;
}

/**
 * Implements a method of a service with a controller's method; the compiler checks it against the contract:
 * `@Rpc(OrderServiceApi.method.createOrder)`. A stream is an async generator, which continues when its reader has read
 * the last response.
 */
export function Rpc<M extends Method>(method: M) {
  const route = method.methodKind === 'bidi_streaming' ? GrpcStreamCall : GrpcMethod;
  const decorate = applyDecorators(
    route(method.parent.typeName, method.name),
    UseInterceptors(method.methodKind === 'unary' ? new RpcInterceptor(method) : new RpcStreamInterceptor(method)),
    UseFilters(new RpcErrorFilter()),
  );
  return (target: object, key: string, descriptor: Implementation<M>): void => {
    decorate(target, key, descriptor);
  };
}
