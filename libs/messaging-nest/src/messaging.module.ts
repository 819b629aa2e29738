import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { HandlerExplorer } from './handler-explorer.js';
import { MessagingHealth } from './messaging-health.js';
import { ConsumingMetrics, MessagingTableMetrics } from './messaging-metrics.js';
import { type MessagingModuleOptions, MessagingOptions } from './messaging-options.js';
import { MessagingRuntime } from './messaging-runtime.js';
import { RetentionSchedule } from './retention-schedule.js';

/**
 * Consumes the channels of all `@HandlesCommand` and `@HandlesEvent` methods. Needs `Transactions` and `Outbox` from a global
 * module.
 */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingModuleOptions): DynamicModule {
    return MessagingModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: {
    imports?: ModuleMetadata['imports'];
    inject?: FactoryProvider['inject'];
    useFactory: (...dependencies: never[]) => MessagingModuleOptions | Promise<MessagingModuleOptions>;
  }): DynamicModule {
    return {
      module: MessagingModule,
      global: true,
      imports: [DiscoveryModule, ...(options.imports ?? [])],
      providers: [
        {
          provide: MessagingOptions,
          inject: options.inject ?? [],
          useFactory: async (...dependencies: unknown[]): Promise<MessagingOptions> => ({
            value: await options.useFactory(...(dependencies as never[])),
          }),
        },
        HandlerExplorer,
        MessagingRuntime,
        MessagingHealth,
        RetentionSchedule,
        ConsumingMetrics,
        MessagingTableMetrics,
      ],
      exports: [MessagingOptions, MessagingRuntime, MessagingHealth],
    };
  }
}
