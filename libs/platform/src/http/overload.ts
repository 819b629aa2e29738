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

const sampleMs = 1_000;

const reasons: Readonly<Record<string, string>> = { eventLoopDelay: 'event loop delay', heapUsedBytes: 'heap', rssBytes: 'memory' };

/**
 * Refuses requests while the event loop, the heap or the memory of the container is over its limit for more than a second,
 * rather than answer all of them late. Probes and metrics are answered always: a restart would make it worse.
 */
export function refuseWhenOverloaded(server: FastifyInstance, limits: ServiceLimits, refused: (reason: string) => void): void {
  const { overloadEventLoopDelayMs, overloadMemoryPercent } = limits;
  const pressure = new Pressure();
  void server.register(underPressure, {
    sampleInterval: sampleMs,
    maxEventLoopDelay: overloadEventLoopDelayMs,
    maxHeapUsedBytes: (getHeapStatistics().heap_size_limit * overloadMemoryPercent) / 100,
    maxRssBytes: (containerMemory() * overloadMemoryPercent) / 100,
    pressureHandler: (request, _reply, type) => {
      if (isProbe(request.url) || !pressure.lasts()) return undefined;
      const reason = reasons[type] ?? type;
      refused(reason);
      return Promise.reject(new Overloaded(reason));
    },
  });
}

/** A single sample over the limit is a pause (a start, a collection of garbage, a process that was stopped), not an overload. */
class Pressure {
  private since = 0;
  private lastSeen = Number.NEGATIVE_INFINITY;

  /** Called for each request that finds a value over its limit. */
  lasts(): boolean {
    const now = performance.now();
    if (now - this.lastSeen > 2 * sampleMs) this.since = now;
    this.lastSeen = now;
    return now - this.since > sampleMs;
  }
}

/** What the control group allows; 0, which is no limit here, when it sets none. */
function containerMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed < totalmem() ? allowed : 0;
}
