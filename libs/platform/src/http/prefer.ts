import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { respondsWithHeader } from './described-problems.js';
import { InvalidRequest } from './problem.js';

/** The longest time that a client can wait for a result. */
export const longestWaitSeconds = 10;

/** A client's wish to wait for the result (RFC 7240, section 4.3). */
export class PreferredWait {
  constructor(
    readonly seconds: number,
    private readonly reply: Pick<FastifyReply, 'header'>,
  ) {}

  /** Informs the client that the response is the result or, if the time was not enough, the current state. */
  applied(): void {
    void this.reply.header('preference-applied', `wait=${this.seconds}`);
  }
}

/** The `wait` in a Prefer header; other preferences are ignored, as RFC 7240 requires. Of several, the first one counts. */
export function waitIn(header: string | undefined): number | undefined {
  const waits = (header ?? '').split(',').flatMap((each) => /^[ \t]*wait(?:[ \t]*=[ \t]*"?([^;"]*?)"?)?[ \t]*(?:;.*)?$/i.exec(each) ?? []);
  if (waits.length === 0) return undefined;
  const value = waits[1] ?? '';
  const seconds = Number(value);
  if (/^[0-9]{1,9}$/.test(value) && seconds <= longestWaitSeconds) return seconds;
  throw new InvalidRequest([
    { pointer: '/Prefer', detail: `wait must be a whole number of seconds from 0 to ${longestWaitSeconds}, such as wait=5` },
  ]);
}

/** How long the client prefers to wait for the result; undefined without a preference. */
export const Wait = createParamDecorator((_: unknown, context: ExecutionContext): PreferredWait | undefined => {
  const http = context.switchToHttp();
  const { prefer } = http.getRequest<FastifyRequest>().headers;
  const seconds = waitIn(Array.isArray(prefer) ? prefer.join(',') : prefer);
  return seconds === undefined ? undefined : new PreferredWait(seconds, http.getResponse<FastifyReply>());
});

/** Documents that the response to a request is its result, if the client prefers to wait for it. */
export const AcceptsWait = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Prefer',
      required: false,
      schema: { type: 'string', pattern: '^[ -~]*$' },
      description: `wait=N: respond when the operation has settled, after at most N seconds (up to ${longestWaitSeconds}), with the order as it is then; without it, the response comes immediately and the operation continues`,
    }),
    respondsWithHeader('Preference-Applied'),
  );
