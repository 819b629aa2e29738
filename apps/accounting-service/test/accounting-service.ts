import { AccountingServiceApi } from '@ftgo/contracts/accounting';
import { ServiceOnBroker } from '@ftgo/testing/services';
import { AppModule, service } from '../src/app.module.js';
import { migrations } from '../src/migrations/migrations.js';
import { OtherServices } from './other-services.js';

export type AccountingServiceUnderTest = ServiceOnBroker<OtherServices>;

export const startAccountingService = ({ commandDeferralMs = 30_000 } = {}): Promise<AccountingServiceUnderTest> =>
  ServiceOnBroker.start({
    name: service,
    api: AccountingServiceApi,
    migrations,
    module: (config) => AppModule.forRoot({ ...config, commandDeferralMs }),
    others: OtherServices,
  });
