import { type DynamicModule, Module, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { Access } from '../access/access.js';
import { Ownership } from '../access/ownership.js';
import { ActuatorController } from '../health/actuator.controller.js';
import { HealthController } from '../health/health.controller.js';
import { ReadinessCheck } from '../health/readiness.js';
import { ReadinessWatch } from '../health/readiness-watch.js';
import { HttpConnections } from '../http-server/http-connections.js';
import { forNest } from '../logging/logging.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { Metrics } from '../metrics/metrics.js';

/** The parts of every service: logs, health, metrics. `runService` imports it. */
@Module({})
export class PlatformModule implements OnModuleDestroy {
  constructor(private readonly connections: HttpConnections) {}

  static forRoot(options: { logger: Logger; connections: HttpConnections; isRestricted: boolean }): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      // A server hook logs requests, with fields from the message context; nestjs-pino's middleware is not needed.
      imports: [DiscoveryModule, LoggerModule.forRoot({ ...forNest(options.logger), forRoutes: [] })],
      controllers: [HealthController, ActuatorController, MetricsController],
      providers: [
        Metrics,
        ReadinessCheck,
        ReadinessWatch,
        { provide: HttpConnections, useValue: options.connections },
        {
          provide: Access,
          useFactory: (ownership?: Ownership) => new Access(options.isRestricted, ownership),
          inject: [{ token: Ownership, optional: true }],
        },
      ],
      exports: [Access, Metrics, ReadinessCheck],
    };
  }

  /** Runs before the parts that requests in progress need are closed. */
  onModuleDestroy(): Promise<void> {
    return this.connections.drain();
  }
}
