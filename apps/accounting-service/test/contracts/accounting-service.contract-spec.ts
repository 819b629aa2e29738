import { AccountingServiceApi, AccountMessage } from '@ftgo/contracts/accounting';
import type { Ids } from '@ftgo/contracts/examples';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import { fromProtobuf, ServiceUnderContract, verifyProvider, verifySubscriber } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { accountJson } from '../../src/account/account.http.dto.js';
import { AppModule, service } from '../../src/app.module.js';
import { migrations } from '../../src/migrations/migrations.js';

const courier = 9_000_000_001;

describe.each([jsonContentType, protobufContentType] as const)('accounting-service, for its consumers, sending %s,', (sends) => {
  const accounts = new ServiceUnderContract({
    name: service,
    api: AccountingServiceApi,
    migrations,
    sends,
    module: (config, broker) => AppModule.forRoot({ ...config, commandDeferralMs: 200 }, broker),
  });
  beforeAll(() => accounts.start());
  afterAll(() => accounts.close());

  const anAccount = async () => {
    const consumer = accounts.freshId();
    await accounts.hears('ConsumerCreated', { consumer });
    return { consumer };
  };
  const anAuthorization = async ({ order = accounts.freshId() }: Ids) => {
    const ids = { ...(await anAccount()), order };
    await accounts.obeys('AuthorizeCard', ids);
    return ids;
  };
  const disable = ({ consumer }: { consumer: number }) => accounts.post(`/accounts/${consumer}/disable`);
  const limit = ({ consumer }: { consumer: number }, creditLimit: string) =>
    accounts.app.inject({ method: 'PUT', url: `/accounts/${consumer}/limit`, payload: { creditLimit } });
  const and = async <I extends Ids>(ids: Promise<I>, act: (ids: I) => Promise<unknown>): Promise<I> => {
    await act(await ids);
    return ids;
  };

  verifyProvider(accounts, {
    given: {
      nothing: async () => {},
      'the account of Ada': anAccount,
      'no such account': async () => {},
      'a disabled account': () => and(anAccount(), disable),
      'an account with a limit of 61.69': () => and(anAccount(), (ids) => limit(ids, '61.69')),
      'an authorised order': anAuthorization,
      'an authorised order of a disabled account': (ids) => and(anAuthorization(ids), disable),
      'an authorised order at the limit of its account': (ids) => and(anAuthorization(ids), (made) => limit(made, '61.70')),
      CardAuthorized: anAuthorization,
      AuthorizationRevised: (ids) => and(anAuthorization(ids), (made) => accounts.obeys('ReviseAuthorization', made)),
      AuthorizationReversed: (ids) => and(anAuthorization(ids), (made) => accounts.obeys('ReverseAuthorization', made)),
      AuthorizationCaptured: (ids) => and(anAuthorization(ids), (made) => accounts.hears('DeliveryDelivered', { ...made, courier })),
    },
    protobuf: { '/accounts/': fromProtobuf(AccountMessage, accountJson) },
    notCalled: ['GetAccount', 'DisableAccount', 'EnableAccount', 'SetCreditLimit', 'ListEntries'],
  });

  /** The consumer whose order is delivered. */
  let delivered = 0;

  verifySubscriber(accounts, {
    ConsumerCreated: {
      after: async ({ consumer }) =>
        expect(await accounts.get(`/accounts/${consumer}`)).toMatchObject({ accountId: String(consumer), state: 'ACTIVE' }),
    },
    DeliveryDelivered: {
      before: async ({ order }) => {
        delivered = (await anAuthorization({ order: order as number })).consumer;
      },
      after: async () => expect(await accounts.get(`/accounts/${delivered}`)).toMatchObject({ authorized: '0.00', captured: '61.70' }),
    },
  });
});
