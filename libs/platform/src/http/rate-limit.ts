import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import { principalId } from '@ftgo/security';
import type { FastifyInstance } from 'fastify';
import { principalOf } from './authentication.js';
import { isProbe } from './request-span.js';

/** A client has sent more requests than it may. */
export class RateLimited extends Error {
  readonly retryAfterSeconds: number;

  constructor(most: number, remainingMs: number) {
    const retryAfterSeconds = Math.ceil(remainingMs / 1_000);
    super(`more than ${most} requests in a minute; retry after ${retryAfterSeconds} s`);
    this.name = 'RateLimited';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Limits the requests of each principal or, for clients without a token, of each address (IPv6: each network of 64 bits). Probes
 * and metrics always get a response. Each process counts by itself, so several instances together admit more than the limit.
 */
export async function limitRequests(server: FastifyInstance, perMinute: number): Promise<void> {
  if (perMinute === 0) return;
  await server.register(rateLimit, {
    max: perMinute,
    timeWindow: 60_000,
    enableDraftSpec: true,
    keyGenerator: (request) => {
      const principal = principalOf(request);
      return principal ? principalId(principal) : normalizeIP(request.ip, 64);
    },
    allowList: (request) => isProbe(request.url),
    errorResponseBuilder: (_request, { max, ttl }) => new RateLimited(max, ttl),
  });
}
