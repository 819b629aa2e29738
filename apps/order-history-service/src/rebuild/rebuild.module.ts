import { Transactions } from '@ftgo/messaging';
import { type DynamicModule, Module } from '@nestjs/common';
import { OrderHistory } from '../history/order-history.js';
import { OrderHistoryModule } from '../history/order-history.module.js';
import { TimelinePublisher } from '../history/timeline.publisher.js';
import { OrderViewReplica } from './order-view.replica.js';
import { ShadowTables } from './shadow-tables.js';

/** Rebuilds the view; needs the handlers of OrderHistoryModule and RestaurantModule. */
@Module({})
export class RebuildModule {
  static forRoot({ attempts = 20 } = {}): DynamicModule {
    return {
      module: RebuildModule,
      imports: [OrderHistoryModule],
      providers: [
        ShadowTables,
        {
          provide: OrderViewReplica,
          inject: [Transactions, ShadowTables, TimelinePublisher, OrderHistory],
          useFactory: (transactions: Transactions, shadow: ShadowTables, timeline: TimelinePublisher, history: OrderHistory) =>
            new OrderViewReplica({ transactions, shadow, timeline, gaps: () => history.gaps, attempts }),
        },
      ],
    };
  }
}
