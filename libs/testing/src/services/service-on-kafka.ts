import { kafkaBroker } from '@ftgo/messaging-kafka';
import { DatabaseRelay } from '@ftgo/outbox-relay';
import { Logger } from '@nestjs/common';
import { startKafka } from '../infrastructure.js';
import { type Migrations, migratedDatabase } from './migrated-database.js';
import type { PlayedServices } from './played-services.js';
import {
  type Api,
  type LaunchedService,
  launch,
  type ServiceConfig,
  ServiceInProcess,
  type ServiceModule,
  serviceConfig,
} from './service-in-process.js';

export interface ServiceOnKafkaOptions<Others extends PlayedServices> {
  readonly name: string;
  readonly api: Api;
  readonly migrations: Migrations;
  readonly module: (config: ServiceConfig) => ServiceModule;
  readonly others: new (brokers: string) => Others;
}

/** A service in this process, with a database, a Kafka and a relay of its own; the other services are played. */
export class ServiceOnKafka<Others extends PlayedServices> extends ServiceInProcess {
  private constructor(
    launched: LaunchedService<Api>,
    readonly others: Others,
    private readonly stopInfrastructure: () => Promise<void>,
  ) {
    super(launched);
  }

  static async start<Others extends PlayedServices>(options: ServiceOnKafkaOptions<Others>): Promise<ServiceOnKafka<Others>> {
    const { name, api, migrations } = options;
    const [kafka, database] = await Promise.all([startKafka(), migratedDatabase(name, migrations)]);
    const brokers = [kafka.brokers];
    const others = new options.others(kafka.brokers);
    await others.open();
    const launched = await launch({ name, api, module: options.module(serviceConfig(database.url, brokers)) });
    const relayBroker = kafkaBroker({ brokers, clientId: 'outbox-relay' });
    const relay = new DatabaseRelay({ url: database.relayUrl, broker: relayBroker, logger: new Logger('Relay') });
    relay.start();
    const service = new ServiceOnKafka(launched, others, async () => {
      await relay.stop();
      await relayBroker.close();
      await database.drop();
      await kafka.kill();
    });
    await service.untilReady();
    return service;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.others.close();
    await this.stopInfrastructure();
  }
}
