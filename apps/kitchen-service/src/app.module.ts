import { topicsSentBy } from '@ftgo/contracts/channels';
import { allReplyChannels, CommandRefused } from '@ftgo/contracts/common';
import { kitchenTopics } from '@ftgo/contracts/kitchen';
import type { Broker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { OperationsModule } from '@ftgo/operations';
import { DatabaseModule, serviceBroker } from '@ftgo/platform';
import { ParticipantModule } from '@ftgo/sagas/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { TicketModule } from './ticket/ticket.module.js';
import { ticketSchema } from './ticket/ticket.schema.js';

export const service = 'kitchen-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({
          url: config.databaseUrl,
          poolSize: config.databasePoolSize,
          entities: [ticketSchema],
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
            topics: kitchenTopics,
            topicsAre: config.kafkaTopics,
            keepResolvedDeadLettersDays: config.deadLetterKeepResolvedDays,
            isReplayed: true,
            deferralLimitMs: config.commandDeferralMs,
          }),
        }),
        OperationsModule.forRoot({ isOpen: config.operationsOpen, sends: topicsSentBy(service) }),
        ParticipantModule.forRoot({ refusal: CommandRefused }),
        TicketModule,
      ],
    };
  }
}
