import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { ServiceOnBroker } from '@ftgo/testing/services';
import { AppModule, service } from '../src/app.module.js';
import { migrations } from '../src/migrations/migrations.js';
import { OtherServices } from './other-services.js';

export type KitchenServiceUnderTest = ServiceOnBroker<OtherServices>;

export const startKitchenService = ({ commandDeferralMs = 30_000 } = {}): Promise<KitchenServiceUnderTest> =>
  ServiceOnBroker.start({
    name: service,
    api: KitchenServiceApi,
    migrations,
    module: (config) => AppModule.forRoot({ ...config, commandDeferralMs }),
    others: OtherServices,
  });
