import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import type { ServiceLimits } from '../config/server-limits.js';
import { isProbe } from './request-span.js';

/** This process is overloaded. Not a dependency: the client may retry, here or elsewhere. */
export class Overloaded extends Error {
  readonly retryAfterSeconds = 1;

  constructor(readonly reason: string) {
    super(`overloaded: ${reason} exceeds its limit; retry later`);
    this.name = 'Overloaded';
  }
}

const sampleMs = 1_000;

const reasons: Readonly<Record<string, string>> = { eventLoopDelay: 'event loop delay', heapUsedBytes: 'heap', rssBytes: 'memory' };

/**
 * Rejects requests while the event loop delay, the heap or the container's memory is over its limit for more than a second,
 * instead of responding to all of them late. Probes and metrics always get a response: a restart would make it worse.
 */
export function rejectWhenOverloaded(server: FastifyInstance, limits: ServiceLimits, onReject: (reason: string) => void): void {
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
      onReject(reason);
      return Promise.reject(new Overloaded(reason));
    },
  });
}

/** A single sample over the limit is a pause (startup, garbage collection, a stopped process), not an overload. */
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

/** The memory limit of the control group; 0, which disables the check, if there is none. */
function containerMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed < totalmem() ? allowed : 0;
}
