import { MetricsSource } from '@ftgo/messaging/telemetry';
import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Counter, collectDefaultMetrics, Histogram, register as processRegistry, Registry } from 'prom-client';
import { registryOf } from './metrics-sources.js';

/** A service's metrics, exported to Prometheus at `/metrics`; every provider that is a `MetricsSource` contributes its own. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests by route and status',
    labelNames: ['method', 'route', 'status_code'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  private readonly rejected = new Counter({
    name: 'http_server_requests_refused_total',
    help: 'HTTP requests rejected with 503 while the process was overloaded, by the exceeded limit',
    labelNames: ['reason'],
    registers: [this.registry],
  });

  constructor(private readonly discovery: DiscoveryService) {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A counter with this name, created on the first call. */
  counter<Label extends string = never>(name: string, help: string, labels: readonly Label[] = []): Counter<Label> {
    const known = this.registry.getSingleMetric(name) as Counter<Label> | undefined;
    return known ?? new Counter<Label>({ name, help, labelNames: [...labels], registers: [this.registry] });
  }

  requestServed(request: { method: string; route: string; status: number; seconds: number }): void {
    this.requests.observe({ method: request.method, route: request.route, status_code: request.status }, request.seconds);
  }

  requestRejected(reason: string): void {
    this.rejected.inc({ reason });
  }

  /** All metrics in Prometheus's text format, including those that libraries keep in the process's own registry. */
  async text(): Promise<string> {
    return Registry.merge([this.registry, processRegistry, await registryOf(this.sources())]).metrics();
  }

  private sources(): Set<MetricsSource> {
    const instances = this.discovery.getProviders().map((wrapper) => wrapper.instance as unknown);
    return new Set(instances.filter((instance) => instance instanceof MetricsSource));
  }
}
