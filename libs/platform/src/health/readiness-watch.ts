import { setTimeout as pause } from 'node:timers/promises';
import { type Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type Readiness, ReadinessCheck } from './readiness.js';

const pollMs = 1_000;

/** Checks the readiness every second, logs each change once, and exports it to Prometheus. */
@Injectable()
export class ReadinessWatch extends MetricsSource implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Readiness');
  private readonly stopping = new AbortController();
  private seen: Readiness | undefined;

  constructor(private readonly check: ReadinessCheck) {
    super();
  }

  onApplicationBootstrap(): void {
    void this.watch();
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  override metrics(): Metric[] {
    const { ready = false, parts = {}, degraded = {} } = this.seen ?? {};
    return [
      {
        name: 'service_ready',
        help: '1 while requests can be served, otherwise 0',
        type: 'gauge',
        samples: [{ labels: {}, value: Number(ready) }],
      },
      {
        name: 'service_degraded',
        help: '1 while a part that is not needed for requests is failing, otherwise 0; /health/ready shows the cause',
        type: 'gauge',
        samples: Object.keys(parts).map((part) => ({ labels: { part }, value: Number(part in degraded) })),
      },
    ];
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    for (;;) {
      // Suppresses the log line before the first check: joining a consumer group takes a moment.
      await pause(pollMs, undefined, { signal, ref: false }).catch(() => undefined);
      const now = await this.check.readiness();
      if (signal.aborted) return;
      this.logChanges(this.seen?.parts ?? {}, now);
      this.seen = now;
    }
  }

  private logChanges(before: Readiness['parts'], { parts, degraded = {} }: Readiness): void {
    for (const [part, state] of Object.entries(parts)) {
      const last = before[part] ?? 'ready';
      if (state === last) continue;
      if (state === 'ready') this.log.log({ part }, 'part of the service recovered');
      else if (part in degraded) this.log.warn({ part, reason: state }, 'service is degraded');
      else this.log.error({ part, reason: state }, 'service is not ready');
    }
  }
}
