import type { Broker } from '@ftgo/messaging/broker';
import { type RebuildReport, rebuildReplica } from '@ftgo/operations';
import { service } from '../src/app.module.js';
import { OrderHistoryModule } from '../src/history/order-history.module.js';
import { RebuildModule } from '../src/rebuild/rebuild.module.js';
import { RestaurantModule } from '../src/restaurant/restaurant.module.js';

interface RebuildOptions {
  readonly databaseUrl: string;
  readonly broker: Broker;
  readonly print?: (line: string) => void;
  readonly attempts?: number;
}

/** Rebuilds the view as the program does. */
export const rebuildView = ({ databaseUrl, broker, print = () => {}, attempts }: RebuildOptions): Promise<RebuildReport> =>
  rebuildReplica({
    service,
    databaseUrl,
    broker,
    modules: [OrderHistoryModule, RestaurantModule, RebuildModule.forRoot(attempts === undefined ? {} : { attempts })],
    replica: 'orders',
    operator: { name: 'olga', isVerified: false },
    reason: 'a test',
    onProgress: ({ handled, skipped, detail }) => print(`${handled} events applied, ${skipped} skipped; ${detail}`),
  });
