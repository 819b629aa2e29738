import { topicsSentBy } from '@ftgo/contracts/channels';
import { allReplyChannels, CommandRefused } from '@ftgo/contracts/common';
import { consumerTopics } from '@ftgo/contracts/consumer';
import type { Broker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { OperationsModule } from '@ftgo/operations';
import { DatabaseModule, serviceBroker } from '@ftgo/platform';
import { ParticipantModule } from '@ftgo/sagas/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { ConsumerModule } from './consumer/consumer.module.js';
import { consumerSchema } from './consumer/consumer.schema.js';
import { NotificationModule } from './notification/notification.module.js';

export const service = 'consumer-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({
          url: config.databaseUrl,
          poolSize: config.databasePoolSize,
          entities: [consumerSchema],
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
            topics: consumerTopics,
            topicsAre: config.kafkaTopics,
            keepResolvedDeadLettersDays: config.deadLetterKeepResolvedDays,
          }),
        }),
        OperationsModule.forRoot({ isOpen: config.operationsOpen, sends: topicsSentBy(service) }),
        ParticipantModule.forRoot({ refusal: CommandRefused }),
        ConsumerModule,
        NotificationModule,
      ],
    };
  }
}
