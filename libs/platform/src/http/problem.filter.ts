import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Overloaded } from './overload.js';
import { bodyOf, type Problem, type ProblemSource, problemMediaType, problemOf } from './problem.js';
import { ProtocolError } from './protocol-error.js';
import { contextOf } from './request-context.js';

const codes = new WeakMap<object, string>();

/** The problem code of the response, for the request's log line. */
export const problemCodeOf = (request: FastifyRequest): string | undefined => codes.get(request.raw);

/** Returns every error as RFC 9457 problem+json, and logs the unexpected ones; the others appear in the request's log line. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    // gRPC calls and messages have their own mappers.
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    this.answer(error, request, host.switchToHttp().getResponse<FastifyReply>());
  }

  /** Returns the problem that was sent. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): Problem & ProblemSource {
    const problem = problemOf(error);
    // No stack traces under overload; the request's log line and a metric suffice.
    const isKnown = error instanceof ProtocolError || error instanceof Overloaded;
    if (problem.status >= 500 && !isKnown) {
      this.log[problem.status === 503 ? 'warn' : 'error']({ err: error, code: problem.code }, 'request failed');
    }
    codes.set(request.raw, problem.code);
    const source = { instance: pathOf(request), traceId: contextOf(request).traceId };
    if (!reply.sent) sendProblem(problem, source, reply);
    return { ...problem, ...source };
  }
}

function sendProblem(problem: Problem, source: ProblemSource, reply: FastifyReply): void {
  const { status, retryAfterSeconds, authenticate } = problem;
  if (authenticate !== undefined) void reply.header('www-authenticate', authenticate);
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
  void reply.status(status).header('x-trace-id', source.traceId).type(problemMediaType);
  // Fastify would add a charset to a string.
  void reply.send(Buffer.from(bodyOf(problem, source)));
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';
