import { applyDecorators, UseFilters, UseInterceptors } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { RequestOf, ResponseOf, UnaryMethod } from '../call/methods.js';
import { RpcInterceptor } from './rpc.interceptor.js';
import { RpcErrorFilter } from './rpc-error.filter.js';

/** Checks only the returned type: a method may return a subtype of the contract's response. */
interface Implementation<Method> {
  readonly value?: (request: RequestOf<Method>) => Promise<ResponseOf<Method>>;
}

/**
 * Implements a unary method of a service with a controller's method; the compiler checks it against the contract:
 * `@Rpc(OrderServiceApi.method.createOrder)`.
 */
export function Rpc<Method extends UnaryMethod>(method: Method) {
  const decorate = applyDecorators(
    GrpcMethod(method.parent.typeName, method.name),
    UseInterceptors(new RpcInterceptor(method)),
    UseFilters(new RpcErrorFilter()),
  );
  return (target: object, key: string, descriptor: Implementation<Method>): void => {
    decorate(target, key, descriptor);
  };
}
