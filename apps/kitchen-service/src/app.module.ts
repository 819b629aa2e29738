import { allReplyChannels, CommandRefused } from '@ftgo/contracts/common';
import { kitchenTopics } from '@ftgo/contracts/kitchen';
import type { Broker } from '@ftgo/messaging/broker';
import { openKafka } from '@ftgo/messaging-kafka/open';
import { MessagingModule } from '@ftgo/messaging-nest';
import { DatabaseModule } from '@ftgo/platform';
import { ParticipantModule } from '@ftgo/sagas/nest';
import { type DynamicModule, Logger, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { TicketModule } from './ticket/ticket.module.js';
import { ticketSchema } from './ticket/ticket.schema.js';

export const service = 'kitchen-service';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = brokerOf(config)): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DatabaseModule.forRoot({ url: config.databaseUrl, entities: [ticketSchema], applicationName: service }),
        MessagingModule.forRootAsync({
          useFactory: async () => ({
            service,
            broker: await broker,
            refusal: CommandRefused,
            replyChannels: allReplyChannels,
            topics: kitchenTopics,
            topicsAre: config.kafkaTopics,
            deferralLimitMs: config.commandDeferralMs,
          }),
        }),
        ParticipantModule.forRoot({ refusal: CommandRefused }),
        TicketModule,
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
