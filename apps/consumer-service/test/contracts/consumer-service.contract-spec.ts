import { ConsumerMessage, ConsumerServiceApi } from '@ftgo/contracts/consumer';
import { ownerOf } from '@ftgo/contracts/examples';
import { jsonContentType, protobufContentType, Transactions } from '@ftgo/messaging';
import { OperatorActions } from '@ftgo/messaging/operations';
import { Access, IdempotentRequests, Ownership, runAs } from '@ftgo/platform';
import { fromProtobuf, ServiceUnderContract, verifyProvider } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe } from 'vitest';
import { AppModule, service } from '../../src/app.module.js';
import { ConsumerRepository } from '../../src/consumer/consumer.repository.js';
import { ConsumerService } from '../../src/consumer/consumer.service.js';
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

  /** As with security on. */
  const aConsumerOfAPerson = async () => {
    const ownership = consumers.app.get(Ownership);
    const [requests, repository] = [consumers.app.get(IdempotentRequests), consumers.app.get(ConsumerRepository)];
    const secured = new ConsumerService(
      requests,
      repository,
      new Access(true, ownership),
      ownership,
      consumers.app.get(Transactions),
      consumers.app.get(OperatorActions),
    );
    const person = consumers.freshId();
    const [issuer = '', subject = ''] = ownerOf(person).split('|');
    const principal = { issuer, subject, roles: new Set(['consumer']), claims: {}, expiresAt: new Date(), token: '' };
    return { consumer: await runAs(principal, () => secured.createConsumer(ada.name as never)), person };
  };

  verifyProvider(consumers, {
    given: {
      nothing: async () => {},
      'the consumer Ada': aConsumer,
      'no such consumer': async () => {},
      ConsumerCreated: aConsumer,
      ConsumerErased: erasedConsumer,
      'a consumer of a person': aConsumerOfAPerson,
    },
    protobuf: { '/consumers/': fromProtobuf(ConsumerMessage, (consumer) => consumer) },
    notCalled: ['BatchGetConsumers'],
  });
});
