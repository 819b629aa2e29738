import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { HealthController } from '../health/health.controller.js';
import { ReadinessCheck } from '../health/readiness.js';
import { forNest } from '../logging/logging.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { Metrics } from '../metrics/metrics.js';

/** What every service has: logs, health, metrics. `runService` brings it. */
@Module({})
export class PlatformModule {
  static forRoot(options: { logger: Logger }): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      // Requests are logged by a hook of the server, and their fields come from the message context: no middleware.
      imports: [DiscoveryModule, LoggerModule.forRoot({ ...forNest(options.logger), forRoutes: [] })],
      controllers: [HealthController, MetricsController],
      providers: [Metrics, ReadinessCheck],
      exports: [Metrics, ReadinessCheck],
    };
  }
}
