import { OrderServiceApi } from '@ftgo/contracts/order';
import { ServiceOnBroker } from '@ftgo/testing/services';
import { AppModule, service } from '../src/app.module.js';
import { migrations } from '../src/migrations/migrations.js';
import { OtherServices } from './other-services.js';

export type OrderServiceUnderTest = ServiceOnBroker<OtherServices>;

export const startOrderService = ({ sagaStepDeadlineMs = 120_000 } = {}): Promise<OrderServiceUnderTest> =>
  ServiceOnBroker.start({
    name: service,
    api: OrderServiceApi,
    migrations,
    module: (config) => AppModule.forRoot({ ...config, sagaStepDeadlineMs }),
    others: OtherServices,
  });
