import { allReplyChannels, CommandRefused } from '@ftgo/contracts/common';
import type { Broker } from '@ftgo/messaging/broker';
import { openKafka } from '@ftgo/messaging-kafka/open';
import { MessagingModule } from '@ftgo/messaging-nest';
import { DatabaseModule } from '@ftgo/platform';
import { type DynamicModule, Logger, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { OrderHistoryModule } from './history/order-history.module.js';
import { RestaurantModule } from './restaurant/restaurant.module.js';

export const service = 'order-history-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = brokerOf(config)): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({ url: config.databaseUrl, entities: [], applicationName: service }),
        MessagingModule.forRootAsync({
          // It owns no topic: it says nothing, and only listens.
          useFactory: async () => ({
            service,
            broker: await broker,
            refusal: CommandRefused,
            replyChannels: allReplyChannels,
            topics: [],
            topicsAre: config.kafkaTopics,
          }),
        }),
        OrderHistoryModule,
        RestaurantModule,
      ],
    };
  }
}

function brokerOf({ kafkaBrokers, kafkaClient, kafkaLargestBatchBytes: largestBatchBytes }: Config): Promise<Broker> {
  const log = new Logger('Kafka');
  return openKafka({
    client: kafkaClient,
    brokers: kafkaBrokers,
    clientId: service,
    largestBatchBytes,
    onTrouble: (what, error) => log.warn({ err: error }, what),
    warn: (message) => log.warn(message),
  });
}
