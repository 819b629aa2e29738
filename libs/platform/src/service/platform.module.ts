import { type DynamicModule, Module, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { ActuatorController } from '../health/actuator.controller.js';
import { HealthController } from '../health/health.controller.js';
import { ReadinessCheck } from '../health/readiness.js';
import { ReadinessWatch } from '../health/readiness-watch.js';
import { HttpConnections } from '../http-server/http-connections.js';
import { forNest } from '../logging/logging.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { Metrics } from '../metrics/metrics.js';

/** What every service has: logs, health, metrics. `runService` brings it. */
@Module({})
export class PlatformModule implements OnModuleDestroy {
  constructor(private readonly connections: HttpConnections) {}

  static forRoot(options: { logger: Logger; connections: HttpConnections }): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      // Requests are logged by a hook of the server, and their fields come from the message context: no middleware.
      imports: [DiscoveryModule, LoggerModule.forRoot({ ...forNest(options.logger), forRoutes: [] })],
      controllers: [HealthController, ActuatorController, MetricsController],
      providers: [Metrics, ReadinessCheck, ReadinessWatch, { provide: HttpConnections, useValue: options.connections }],
      exports: [Metrics, ReadinessCheck],
    };
  }

  /** Before the parts that requests in hand need are closed. */
  onModuleDestroy(): Promise<void> {
    return this.connections.drain();
  }
}
