import { type ReplayReport, replay, Transactions } from '@ftgo/messaging';
import type { Broker } from '@ftgo/messaging/broker';
import { HandlerExplorer, nestLogger } from '@ftgo/messaging-nest';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { DatabaseOptions } from '../database/data-source.js';
import { DatabaseModule } from '../database/database.module.js';
import { createService } from './create-service.js';

export interface RebuildReplicaOptions {
  /** The application that owns the replica. */
  readonly service: string;
  readonly databaseUrl: string;
  readonly entities?: DatabaseOptions['entities'];
  readonly broker: Broker;
  /** The module with the handlers that maintain the replica. */
  readonly module: Type;
  /** The topic that the replica is built from. */
  readonly topic: string;
}

@Module({})
class RebuildModule {}

/**
 * Rebuilds a replica from the first event of its topic while the service runs: the service's own handlers process all events
 * again, on separate connections.
 */
export async function rebuildReplica(options: RebuildReplicaOptions): Promise<ReplayReport> {
  const { service, databaseUrl, entities = [], broker, module, topic } = options;
  const name = `${service}-rebuild`;
  const root: DynamicModule = {
    module: RebuildModule,
    imports: [DatabaseModule.forRoot({ url: databaseUrl, entities, applicationName: name }), DiscoveryModule, module],
    providers: [HandlerExplorer],
  };
  const app = await createService(root, { name, logLevel: 'warn' });
  try {
    await app.init();
    const explorer = app.get(HandlerExplorer);
    const [handlers, middleware] = [explorer.handlers(), explorer.middleware()];
    return await replay({
      broker,
      transactions: app.get(Transactions),
      handlers,
      middleware,
      service,
      topic,
      logger: nestLogger('Rebuild'),
    });
  } finally {
    await app.close();
  }
}
