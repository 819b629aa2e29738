import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import type { ServiceLimits } from '../config/server-limits.js';
import { isProbe } from './request-span.js';

/** This process has more to do than it can for the moment. Not a dependency: the client may try again, here or elsewhere. */
export class Overloaded extends Error {
  readonly retryAfterSeconds = 1;

  constructor(readonly reason: string) {
    super(`overloaded: ${reason} is over its limit`);
    this.name = 'Overloaded';
  }
}

const reasons: Readonly<Record<string, string>> = { eventLoopDelay: 'event loop delay', heapUsedBytes: 'heap', rssBytes: 'memory' };

/**
 * Refuses requests while the event loop, the heap or the memory of the container is over its limit, looked at each second,
 * rather than answer all of them late. Probes and metrics are answered always: a restart would make it worse.
 */
export function refuseWhenOverloaded(server: FastifyInstance, limits: ServiceLimits, refused: (reason: string) => void): void {
  const { overloadEventLoopDelayMs, overloadMemoryPercent } = limits;
  void server.register(underPressure, {
    maxEventLoopDelay: overloadEventLoopDelayMs,
    maxHeapUsedBytes: (getHeapStatistics().heap_size_limit * overloadMemoryPercent) / 100,
    maxRssBytes: (containerMemory() * overloadMemoryPercent) / 100,
    pressureHandler: (request, _reply, type) => {
      if (isProbe(request.url)) return undefined;
      const reason = reasons[type] ?? type;
      refused(reason);
      return Promise.reject(new Overloaded(reason));
    },
  });
}

/** What the control group allows; 0, which is no limit here, when it sets none. */
function containerMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed < totalmem() ? allowed : 0;
}
