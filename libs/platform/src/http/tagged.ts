import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { MayRespondWith, respondsWithHeader } from './described-problems.js';
import { readETags, versionsIn } from './etag.js';

/** A representation and its ETag. */
export class Tagged<Body> {
  constructor(
    readonly etag: string | undefined,
    readonly body: Body,
  ) {}
}

class TaggingInterceptor implements NestInterceptor<Tagged<unknown>> {
  intercept(execution: ExecutionContext, next: CallHandler<Tagged<unknown>>): Observable<unknown> {
    const http = execution.switchToHttp();
    // Throws before any work is done.
    readETags('If-None-Match', http.getRequest<FastifyRequest>().headers['if-none-match']);
    return next.handle().pipe(
      map(({ etag, body }) => {
        if (etag !== undefined) void http.getResponse<FastifyReply>().header('etag', etag);
        return body;
      }),
    );
  }
}

interface TaggedMethod {
  readonly value?: (...args: never[]) => Promise<Tagged<unknown>>;
}

const tags = { type: 'string', pattern: String.raw`^\*$|^(W/)?"[^"]*"(, *(W/)?"[^"]*")*$` } as const;

/** Returns the ETag of what the method returns. A read gets 304 if the client has it already. */
export function HasETag({ isRead = false }: { isRead?: boolean } = {}) {
  const decorate = applyDecorators(
    UseInterceptors(TaggingInterceptor),
    respondsWithHeader('ETag'),
    ...(isRead
      ? [
          ApiHeader({
            name: 'If-None-Match',
            required: false,
            schema: tags,
            description: 'ETags of representations that the client has; if one of them is current, the response is 304 without a body',
          }),
          MayRespondWith(304),
        ]
      : []),
  );
  return (target: object, key: string, descriptor: TaggedMethod): void => decorate(target, key, descriptor);
}

/** Documents that a change is made only if the resource has one of the given versions. */
export const AcceptsIfMatch = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      schema: tags,
      description: 'ETag of the version to change; if the resource has changed since then, the response is 412 and nothing changes',
    }),
    MayRespondWith(412),
  );

/** The versions that the client's If-Match allows; undefined if it allows any. */
export const ExpectedVersions = createParamDecorator((_: unknown, context: ExecutionContext) =>
  versionsIn(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);
