import { applyDecorators, type CallHandler, type ExecutionContext, type NestInterceptor, UseInterceptors } from '@nestjs/common';
import { ApiExtension, ApiOkResponse } from '@nestjs/swagger';
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { map, type Observable } from 'rxjs';
import { alsoRespondsWith, MayRespondWith } from './described-problems.js';
import { ProtocolError } from './protocol-error.js';
import type { Tagged } from './tagged.js';

/** A form of a resource: how it is written, and its schema or, if it is not JSON, a description. */
export interface Representation<Resource> {
  readonly schema: StandardSchemaV1 | { readonly description: string };
  /** An object that becomes JSON, or the bytes. */
  readonly write: (resource: Resource) => object | Buffer;
}

/** JSON is always in UTF-8 (RFC 8259), so a charset does not make another media type. */
const charset = /;[ \t]*charset=[^;,]*/gi;

type Representations<Resource> = Readonly<Record<string, Representation<Resource>>>;

class NegotiatingInterceptor implements NestInterceptor {
  constructor(private readonly forms: Representations<never>) {}

  intercept(execution: ExecutionContext, next: CallHandler<never>): Observable<unknown> {
    const http = execution.switchToHttp();
    // Throws before any work is done.
    const type = this.preferredBy(http.getRequest<FastifyRequest>());
    return next.handle().pipe(
      map((resource) => {
        const reply = http.getResponse<FastifyReply>();
        void reply.header('content-type', type).header('vary', 'accept');
        this.distinguish(reply, type);
        return this.forms[type]?.write(resource);
      }),
    );
  }

  /** Each form has an ETag of its own: a client that knows one does not have the others. */
  private distinguish(reply: FastifyReply, type: string): void {
    const [tag, form] = [reply.getHeader('etag'), Object.keys(this.forms).indexOf(type)];
    if (typeof tag === 'string' && form > 0) void reply.header('etag', tag.replace(/"$/, `.f${form}"`));
  }

  private preferredBy(request: FastifyRequest): string {
    const types = Object.keys(this.forms);
    const type = new Negotiator({ headers: { accept: request.headers.accept?.replaceAll(charset, '') } }).mediaType(types);
    if (type !== undefined) return type;
    throw new ProtocolError(406, `cannot respond with ${request.headers.accept}; this resource is available as ${types.join(', ')}`);
  }
}

/**
 * Responds with one of several forms of what the method returns, by media type: the one that the client prefers in `Accept`, or
 * the first. A new version of a resource is a new media type, so clients of the old one do not notice. Write it below HasETag, which
 * passes on the resource without its tag.
 */
export function RepresentedAs<Resource>(forms: Representations<Resource>) {
  const [first, ...others] = Object.entries(forms);
  if (!first) throw new Error('a resource needs a representation');
  const decorate = applyDecorators(
    UseInterceptors(new NegotiatingInterceptor(forms)),
    ApiOkResponse({ standardSchema: schemaOf(first[1]) }),
    ApiExtension(alsoRespondsWith, Object.fromEntries(others.map(([type, { schema }]) => [type, contentOf(schema)]))),
    MayRespondWith(406),
  );
  return (target: object, key: string, descriptor: { readonly value?: (...args: never[]) => Promise<Resource | Tagged<Resource>> }): void =>
    decorate(target, key, descriptor);
}

function schemaOf({ schema }: Representation<never>): StandardSchemaV1 {
  if ('~standard' in schema) return schema;
  throw new Error('the first representation of a resource must be JSON');
}

function contentOf(schema: Representation<never>['schema']): object {
  if (!('~standard' in schema)) return { schema, example: 'binary' };
  const { jsonSchema } = (schema as unknown as StandardJSONSchemaV1)['~standard'];
  const { $schema: _, example, ...converted } = jsonSchema.output({ target: 'draft-2020-12' });
  return { schema: converted, example };
}
