import { topicsSentBy } from '@ftgo/contracts/channels';
import { allReplyChannels, CommandRefused } from '@ftgo/contracts/common';
import { orderHistoryTopics } from '@ftgo/contracts/orderhistory';
import type { Broker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { OperationsModule } from '@ftgo/operations';
import { DatabaseModule, serviceBroker } from '@ftgo/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { OrderHistoryModule } from './history/order-history.module.js';
import { RebuildModule } from './rebuild/rebuild.module.js';
import { RestaurantModule } from './restaurant/restaurant.module.js';

export const service = 'order-history-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({
          url: config.databaseUrl,
          poolSize: config.databasePoolSize,
          entities: [],
          applicationName: service,
          publisher: config.outboxPublisher,
          contentTypes: config.contentTypes,
        }),
        MessagingModule.forRootAsync({
          useFactory: async () => ({
            service,
            broker: await broker,
            refusal: CommandRefused,
            replyChannels: allReplyChannels,
            topics: orderHistoryTopics,
            topicsAre: config.kafkaTopics,
            keepResolvedDeadLettersDays: config.deadLetterKeepResolvedDays,
            isReplayed: true,
          }),
        }),
        OperationsModule.forRoot({ isOpen: config.operationsOpen, sends: topicsSentBy(service) }),
        OrderHistoryModule,
        RestaurantModule,
        RebuildModule.forRoot(),
      ],
    };
  }
}
