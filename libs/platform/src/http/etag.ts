import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { InvalidRequest } from './problem.js';

/** RFC 9110, section 8.8.3. */
const entityTag = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const tagList = new RegExp(String.raw`^[ \t]*${entityTag}(?:[ \t]*,[ \t]*${entityTag})*[ \t]*$`);
const eachTag = new RegExp(entityTag, 'g');

const encoded = '-gzip';

/** The tags in If-Match or If-None-Match; `*` stands for any, undefined for a request without the header. */
export function readETags(header: 'If-Match' | 'If-None-Match', value: string | undefined): readonly string[] | '*' | undefined {
  if (value === undefined) return undefined;
  if (value.trim() === '*') return '*';
  if (tagList.test(value)) return value.match(eachTag) ?? [];
  throw new InvalidRequest([
    { pointer: `/${header}`, detail: 'must be * or a list of ETags in double quotes, such as "3"; use the ETag header of a response' },
  ]);
}

/** The ETag of a representation: its version and, if the version does not cover all of it, a hash of it. */
export const etagOf = (version: number, hash?: string): string => `"${version}${hash === undefined ? '' : `.${hash}`}"`;

/**
 * The versions that If-Match allows; undefined if it allows any. Version 0 stands for tags that match nothing: weak ones, and
 * those of other resources.
 */
export function versionsIn(value: string | undefined): readonly number[] | undefined {
  const tags = readETags('If-Match', value);
  if (tags === undefined || tags === '*') return undefined;
  return tags.map((tag) => Number(/^"([1-9][0-9]{0,14})(?:[.-][\w.-]*)?"$/.exec(tag)?.[1] ?? 0));
}

/** Responds to a read with 304 if the client already has the representation. */
export function answerNotModified(server: FastifyInstance): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const known = knownTag(request, reply);
    if (known === undefined) return done(null, payload);
    void reply.code(304).header('etag', known).removeHeader('content-type').removeHeader('content-length');
    // Fastify sends no payload in response to HEAD, but its length.
    done(null, request.method === 'HEAD' ? payload : null);
  });
}

/** The client's tag that matches that of the response (weak comparison). */
function knownTag(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const current = reply.getHeader('etag');
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (typeof current !== 'string' || !isRead || reply.statusCode !== 200) return undefined;
  const tags = readETags('If-None-Match', request.headers['if-none-match']);
  if (tags === '*') return current;
  return tags?.find((tag) => opaqueOf(tag) === opaqueOf(current));
}

const opaqueOf = (tag: string): string => tag.replace(/^W\//, '').replace(new RegExp(`${encoded}"$`), '"');

/** A compressed representation needs a tag of its own: a cache could otherwise combine parts of both. Runs after compression. */
export function tagEncodedResponses(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    route.onSend = [...[route.onSend ?? []].flat(), tagEncoded];
  });
}

function tagEncoded(
  _request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload: unknown) => void,
) {
  const tag = reply.getHeader('etag');
  if (typeof tag === 'string' && reply.getHeader('content-encoding') === 'gzip')
    void reply.header('etag', tag.replace(/"$/, `${encoded}"`));
  done(null, payload);
}
