import { topicsSentBy } from '@ftgo/contracts/channels';
import { CommandRefused } from '@ftgo/contracts/common';
import { deliveryTopics } from '@ftgo/contracts/delivery';
import type { Broker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { OperationsModule } from '@ftgo/operations';
import { DatabaseModule, serviceBroker } from '@ftgo/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { CourierOperationsController } from './courier/courier.operations.controller.js';
import { courierSchema } from './courier/courier.schema.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { deliverySchema } from './delivery/delivery.schema.js';
import { TrackingModule } from './tracking/tracking.module.js';

export const service = 'delivery-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    return {
      module: AppModule,
      controllers: [CourierOperationsController],
      imports: [
        DatabaseModule.forRoot({
          url: config.databaseUrl,
          poolSize: config.databasePoolSize,
          entities: [deliverySchema, courierSchema],
          applicationName: service,
          publisher: config.outboxPublisher,
          contentTypes: config.contentTypes,
        }),
        MessagingModule.forRootAsync({
          useFactory: async () => ({
            service,
            broker: await broker,
            refusal: CommandRefused,
            replyChannels: [],
            topics: deliveryTopics,
            topicsAre: config.kafkaTopics,
            keepResolvedDeadLettersDays: config.deadLetterKeepResolvedDays,
            isReplayed: true,
            // Every handler here takes the same lock, so more concurrency would not help (ADR 15).
            transactionsAtOnce: 1,
          }),
        }),
        OperationsModule.forRoot({ isOpen: config.operationsOpen, sends: topicsSentBy(service) }),
        DeliveryModule,
        TrackingModule,
      ],
    };
  }
}
