import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type Problem, type problemBody, problemOf } from './problem.js';
import { contextOf } from './request-context.js';

const codes = new WeakMap<object, string>();

/** The problem code that a request was answered with, for its log line. */
export const problemCodeOf = (request: FastifyRequest): string | undefined => codes.get(request.raw);

/** Answers every error as RFC 9457 problem+json, and logs those that nobody expected; the others are in the request's log line. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    // Calls and messages have mappers of their own.
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    this.answer(error, request, host.switchToHttp().getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = problemOf(error);
    if (problem.status >= 500) this.log.error({ err: error, code: problem.code }, 'request failed');
    codes.set(request.raw, problem.code);
    if (!reply.sent) sendProblem(problem, request, reply);
  }
}

function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const { status, code, title, detail, errors, retryAfterSeconds } = problem;
  const { traceId } = contextOf(request);
  const type = `urn:ftgo:problem:${code.toLowerCase().replaceAll('_', '-')}`;
  const body: z.output<typeof problemBody> = { type, title, status, detail, instance: pathOf(request), code, traceId, errors };
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
  void reply.status(status).header('x-trace-id', traceId).type('application/problem+json').send(JSON.stringify(body));
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';
