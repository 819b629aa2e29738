import { HandlerExplorer } from '@ftgo/messaging-nest';
import { DatabaseModule } from '@ftgo/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { OrderHistoryModule } from '../history/order-history.module.js';
import { RestaurantModule } from '../restaurant/restaurant.module.js';
import { ShadowTables, shadowSchema } from './shadow-tables.js';
import { ViewRebuild } from './view-rebuild.js';

/** The service's own handlers, on connections whose search path finds the shadow tables first. */
@Module({})
export class RebuildModule {
  static forRoot({ databaseUrl }: { databaseUrl: string }): DynamicModule {
    const url = new URL(databaseUrl);
    url.searchParams.set('options', `-c search_path=${shadowSchema}`);
    return {
      module: RebuildModule,
      imports: [
        DatabaseModule.forRoot({ url: url.href, entities: [], applicationName: 'order-history-rebuild' }),
        DiscoveryModule,
        OrderHistoryModule,
        RestaurantModule,
      ],
      providers: [HandlerExplorer, ShadowTables, ViewRebuild],
    };
  }
}
