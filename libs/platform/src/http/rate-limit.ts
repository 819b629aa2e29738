import rateLimit, { normalizeIP, type RateLimitPluginOptions } from '@fastify/rate-limit';
import { principalId } from '@ftgo/security';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { principalOf } from './authentication.js';
import { isProbe } from './request-span.js';
import { openCounts, SharedCounts } from './shared-counts.js';

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

export interface RateLimit {
  /** Requests a minute from one principal or address; default 0, without limit. */
  readonly rateLimitPerMinute?: number | undefined;
  /** The database in which all instances count together; default: this one counts alone, so that N instances admit N times the limit. */
  readonly rateLimitDatabaseUrl?: string | undefined;
}

/**
 * Limits the requests of each principal or, for clients without a valid token, of each address (IPv6: each network of 64 bits).
 * Probes and metrics always get a response. While the database is unavailable, every request is admitted.
 */
export async function limitRequests(server: FastifyInstance, limit: RateLimit, log: Logger): Promise<void> {
  const { rateLimitPerMinute = 0, rateLimitDatabaseUrl } = limit;
  if (rateLimitPerMinute === 0) return;
  await server.register(rateLimit, {
    max: rateLimitPerMinute,
    timeWindow: 60_000,
    enableDraftSpec: true,
    ...(rateLimitDatabaseUrl ? sharedBy(server, rateLimitDatabaseUrl, log) : {}),
    keyGenerator: (request) => {
      const principal = principalOf(request);
      return principal ? principalId(principal) : normalizeIP(request.ip, 64);
    },
    allowList: (request) => isProbe(request.url),
    errorResponseBuilder: (_request, { max, ttl }) => new RateLimited(max, ttl),
  });
}

function sharedBy(server: FastifyInstance, databaseUrl: string, log: Logger): Pick<RateLimitPluginOptions, 'store' | 'skipOnError'> {
  const pool = openCounts(databaseUrl);
  server.addHook('onClose', () => pool.end());
  const store = class extends SharedCounts {
    constructor() {
      super(pool, log);
    }
  };
  return { store, skipOnError: true };
}
