import { DatabaseRelay } from '@ftgo/outbox-relay';
import { Logger } from '@nestjs/common';
import { type BrokerAt, brokerConfigOf, openBrokerAt } from '../broker/broker-access.js';
import { testDatabase } from '../database.js';
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

export interface ServiceOnBrokerOptions<Others extends PlayedServices> {
  readonly name: string;
  readonly api: Api;
  readonly migrations: Migrations;
  readonly module: (config: ServiceConfig) => ServiceModule;
  readonly others: new (at: BrokerAt) => Others;
}

/**
 * A service in this process with a private database, broker and relay; the other services are simulated. The broker is a database
 * on the shared Postgres: a private Kafka would take more time than the tests, and whole systems run on Kafka.
 */
export class ServiceOnBroker<Others extends PlayedServices> extends ServiceInProcess {
  private constructor(
    launched: LaunchedService<Api>,
    readonly others: Others,
    private readonly stopInfrastructure: () => Promise<void>,
  ) {
    super(launched);
  }

  static async start<Others extends PlayedServices>(options: ServiceOnBrokerOptions<Others>): Promise<ServiceOnBroker<Others>> {
    const { name, api, migrations } = options;
    const [broker, database] = await Promise.all([testDatabase(), migratedDatabase(name, migrations)]);
    const access = { kind: 'postgres', url: broker.url } as const;
    const others = new options.others(access);
    await others.open();
    const launched = await launch({ name, api, module: options.module(serviceConfig(database.url, brokerConfigOf(access))) });
    const relayBroker = openBrokerAt(access, 'outbox-relay');
    const relay = new DatabaseRelay({ url: database.relayUrl, broker: relayBroker, logger: new Logger('Relay') });
    relay.start();
    const service = new ServiceOnBroker(launched, others, async () => {
      await relay.stop();
      await relayBroker.close();
      await database.drop();
      await broker.drop();
    });
    others.receiveFrom(service.database);
    await service.untilReady();
    return service;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.others.close();
    await this.stopInfrastructure();
  }
}
