import { CommandRefused } from '@ftgo/contracts/common';
import type { TopicSpec } from '@ftgo/messaging/broker';
import { MessagingModule } from '@ftgo/messaging-nest';
import { DatabaseModule, runService, serviceBroker } from '@ftgo/platform';
import { Module, type Provider } from '@nestjs/common';
import { type Config, readConfig } from './config.js';

export interface LedgerProcess {
  readonly name: string;
  readonly provider: Provider;
  readonly topics: readonly TopicSpec[];
}

@Module({})
class LedgerModule {}

/** The body of a main.ts of the ledger: a service like the others, without an API. */
export async function runLedger({ name, provider, topics }: LedgerProcess): Promise<void> {
  const forRoot = (config: Config) => ({
    module: LedgerModule,
    imports: [
      DatabaseModule.forRoot({ url: config.databaseUrl, entities: [], applicationName: name }),
      MessagingModule.forRootAsync({
        useFactory: async () => ({
          service: name,
          broker: await serviceBroker(config, name),
          refusal: CommandRefused,
          replyChannels: [],
          topics,
        }),
      }),
    ],
    providers: [provider],
  });
  await runService({ forRoot }, { name, config: readConfig });
}
