import { ConsumerMessage, ConsumerServiceApi } from '@ftgo/contracts/consumer';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import { fromProtobuf, ServiceUnderContract, verifyProvider } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe } from 'vitest';
import { AppModule, service } from '../../src/app.module.js';
import { migrations } from '../../src/migrations/migrations.js';

describe.each([jsonContentType, protobufContentType] as const)('consumer-service, for its consumers, sending %s,', (sends) => {
  const consumers = new ServiceUnderContract({
    name: service,
    api: ConsumerServiceApi,
    migrations,
    sends,
    module: (config, broker) => AppModule.forRoot(config, broker),
  });
  beforeAll(() => consumers.start());
  afterAll(() => consumers.close());

  const ada = { name: { firstName: 'Ada', lastName: 'Lovelace' } };
  const aConsumer = async () => ({ consumer: (await consumers.post('/consumers', ada)).consumerId as number });
  const erasedConsumer = async () => {
    const ids = await aConsumer();
    await consumers.post(`/operations/consumers/${ids.consumer}/erase`, { by: 'olga', reason: 'a request' });
    return ids;
  };

  verifyProvider(consumers, {
    given: {
      nothing: async () => {},
      'the consumer Ada': aConsumer,
      'no such consumer': async () => {},
      ConsumerCreated: aConsumer,
      ConsumerErased: erasedConsumer,
    },
    protobuf: { '/consumers/': fromProtobuf(ConsumerMessage, (consumer) => consumer) },
    notCalled: ['BatchGetConsumers'],
  });
});
