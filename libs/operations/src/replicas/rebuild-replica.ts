import { Transactions } from '@ftgo/messaging';
import type { Broker } from '@ftgo/messaging/broker';
import type { Operator } from '@ftgo/messaging/operations';
import { HandlerExplorer } from '@ftgo/messaging-nest';
import { createService, DatabaseModule, type DatabaseOptions } from '@ftgo/platform';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { replicasIn } from './discovery.js';
import type { RebuildReport } from './replica.js';
import { ReplicaRebuilds } from './replica-rebuilds.js';

export interface RebuildReplicaOptions {
  /** The application that owns the replica. */
  readonly service: string;
  readonly databaseUrl: string;
  readonly entities?: DatabaseOptions['entities'];
  readonly broker: Broker;
  /** The modules with the replica and the handlers that maintain it. */
  readonly modules: ReadonlyArray<Type | DynamicModule>;
  readonly replica: string;
  readonly operator: Operator;
  readonly reason: string;
  readonly onProgress?: (report: RebuildReport) => void;
}

@Module({})
class RebuildModule {}

/** Rebuilds a replica in a process of its own, whether the service runs or not, as the service does in the background. */
export async function rebuildReplica(options: RebuildReplicaOptions): Promise<RebuildReport> {
  const { service, databaseUrl, entities = [], broker, modules, ...request } = options;
  const name = `${service}-rebuild`;
  const root: DynamicModule = {
    module: RebuildModule,
    imports: [DatabaseModule.forRoot({ url: databaseUrl, entities, applicationName: name }), DiscoveryModule, ...modules],
    providers: [
      HandlerExplorer,
      {
        provide: ReplicaRebuilds,
        inject: [Transactions, HandlerExplorer, DiscoveryService],
        useFactory: (transactions: Transactions, explorer: HandlerExplorer, discovery: DiscoveryService) =>
          new ReplicaRebuilds(transactions, {
            replicas: () => replicasIn(discovery),
            service: () => ({ service, broker, transactions, handlers: explorer.handlers(), middleware: explorer.middleware() }),
          }),
      },
    ],
  };
  const app = await createService(root, { name, logLevel: 'warn' });
  try {
    await app.init();
    return await app.get(ReplicaRebuilds).run(request.replica, request);
  } finally {
    await app.close();
  }
}
