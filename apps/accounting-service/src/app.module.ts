import { accountingTopics } from '@ftgo/contracts/accounting';
import { topicsSentBy } from '@ftgo/contracts/channels';
import { allReplyChannels, CommandRefused } from '@ftgo/contracts/common';
import type { Broker } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { OperationsModule } from '@ftgo/operations';
import { DatabaseModule, serviceBroker } from '@ftgo/platform';
import { ParticipantModule } from '@ftgo/sagas/nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { AccountModule } from './account/account.module.js';
import type { Config } from './config.js';

export const service = 'accounting-service';

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
            topics: accountingTopics,
            topicsAre: config.kafkaTopics,
            keepResolvedDeadLettersDays: config.deadLetterKeepResolvedDays,
            deferralLimitMs: config.commandDeferralMs,
          }),
        }),
        OperationsModule.forRoot({ isOpen: config.operationsOpen, sends: topicsSentBy(service) }),
        ParticipantModule.forRoot({ refusal: CommandRefused }),
        AccountModule,
      ],
    };
  }
}
