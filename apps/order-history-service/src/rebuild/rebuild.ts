import { type Broker, demandFeatures } from '@ftgo/messaging/broker';
import { createService } from '@ftgo/platform';
import { service } from '../app.module.js';
import { RebuildModule } from './rebuild.module.js';
import { type RebuildReport, ViewRebuild } from './view-rebuild.js';

export interface RebuildOptions {
  readonly databaseUrl: string;
  readonly broker: Broker;
  readonly print: (line: string) => void;
  /** How often the swap may fail because the rebuilt view lags behind the served one after everything was read. */
  readonly attempts?: number;
}

/** Rebuilds the view from the topics while it is served. */
export async function rebuildView({ databaseUrl, broker, print, attempts = 20 }: RebuildOptions): Promise<RebuildReport> {
  demandFeatures(broker, 'order-history-rebuild', ['orderedPerKey', 'retained']);
  const app = await createService(RebuildModule.forRoot({ databaseUrl }), { name: 'order-history-rebuild', logLevel: 'warn' });
  try {
    await app.init();
    return await app.get(ViewRebuild).run({ service, broker, print, attempts });
  } finally {
    await app.close();
  }
}
