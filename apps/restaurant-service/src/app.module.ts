import { topicsSentBy } from '@ftgo/contracts/channels';
import { CommandRefused } from '@ftgo/contracts/common';
import { restaurantTopics } from '@ftgo/contracts/restaurant';
import type { Broker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { OperationsModule } from '@ftgo/operations';
import { DatabaseModule, serviceBroker } from '@ftgo/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { RestaurantModule } from './restaurant/restaurant.module.js';
import { restaurantSchema } from './restaurant/restaurant.schema.js';

export const service = 'restaurant-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({
          url: config.databaseUrl,
          poolSize: config.databasePoolSize,
          entities: [restaurantSchema],
          applicationName: service,
          publisher: config.outboxPublisher,
          contentTypes: config.contentTypes,
        }),
        // The service consumes nothing, but its topic must exist for the services that consume it.
        MessagingModule.forRootAsync({
          useFactory: async () => ({
            service,
            broker: await broker,
            refusal: CommandRefused,
            replyChannels: [],
            topics: restaurantTopics,
            topicsAre: config.kafkaTopics,
            keepResolvedDeadLettersDays: config.deadLetterKeepResolvedDays,
          }),
        }),
        OperationsModule.forRoot({ isOpen: config.operationsOpen, sends: topicsSentBy(service) }),
        RestaurantModule,
      ],
    };
  }
}
