import { DeliveryServiceApi } from '@ftgo/contracts/delivery';
import { ServiceOnBroker } from '@ftgo/testing/services';
import { AppModule, service } from '../src/app.module.js';
import { migrations } from '../src/migrations/migrations.js';
import { OtherServices } from './other-services.js';

export type DeliveryServiceUnderTest = ServiceOnBroker<OtherServices>;

export const startDeliveryService = (): Promise<DeliveryServiceUnderTest> =>
  ServiceOnBroker.start({
    name: service,
    api: DeliveryServiceApi,
    migrations,
    module: (config) => AppModule.forRoot(config),
    others: OtherServices,
  });
