import { topicsSentBy } from '@ftgo/contracts/channels';
import { allReplyChannels, CommandRefused } from '@ftgo/contracts/common';
import { orderTopics } from '@ftgo/contracts/order';
import type { Broker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { OperationsModule } from '@ftgo/operations';
import { SagaOperationsModule } from '@ftgo/operations/sagas';
import { DatabaseModule, serviceBroker } from '@ftgo/platform';
import { SagasModule } from '@ftgo/sagas/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { OrderModule } from './order/order.module.js';
import { orderSchema } from './order/order.schema.js';
import { cancelOrderSaga } from './sagas/cancel-order/cancel-order.saga.js';
import { createOrderSaga } from './sagas/create-order/create-order.saga.js';
import { createOrderSagaV1 } from './sagas/create-order/create-order.v1.saga.js';
import { reviseOrderSaga } from './sagas/revise-order/revise-order.saga.js';

export const service = 'order-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({
          url: config.databaseUrl,
          poolSize: config.databasePoolSize,
          entities: [orderSchema],
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
            topics: orderTopics,
            topicsAre: config.kafkaTopics,
            keepResolvedDeadLettersDays: config.deadLetterKeepResolvedDays,
            isReplayed: true,
          }),
        }),
        OperationsModule.forRoot({ isOpen: config.operationsOpen, sends: topicsSentBy(service) }),
        SagaOperationsModule,
        SagasModule.forRoot({
          service,
          sagas: [createOrderSaga, createOrderSagaV1, cancelOrderSaga, reviseOrderSaga],
          refusal: CommandRefused,
          stepDeadlineMs: config.sagaStepDeadlineMs,
          keepEndedDays: config.sagaKeepEndedDays,
        }),
        OrderModule,
      ],
    };
  }
}
