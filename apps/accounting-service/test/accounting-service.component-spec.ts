import { randomUUID } from 'node:crypto';
import { AccountingServiceApi } from '@ftgo/contracts/accounting';
import { Money } from '@ftgo/kernel';
import { grpcClient } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountingServiceUnderTest, startAccountingService } from './accounting-service.js';

let lastConsumer = 0;
let lastOrder = 0;
const nextOrder = () => ++lastOrder;

const authorize = { step: 'authorize card' };
const withdraw = { step: 'authorize card:undo' };
const revise = { step: 'revise authorization' };
const reverse = { step: 'reverse authorization' };

describe('accounting-service', () => {
  let accounting: AccountingServiceUnderTest;

  beforeAll(async () => {
    accounting = await startAccountingService({ commandDeferralMs: 1_000 });
  });
  afterAll(() => accounting?.close());

  const account = (id: number) => accounting.get(`/accounts/${id}`);
  const exists = (id: number) => eventually(async () => expect((await account(id)).status).toBe(200));
  const opened = async (limit?: string): Promise<number> => {
    const id = ++lastConsumer;
    await accounting.others.consumerCreated(id);
    await exists(id);
    if (limit) await accounting.put(`/accounts/${id}/limit`, { creditLimit: limit });
    return id;
  };
  const order = (consumerId: number, orderId: number, minorUnits: number) => ({
    consumerId: String(consumerId),
    orderId: String(orderId),
    orderTotal: { currencyCode: 'USD', minorUnits: String(minorUnits) },
  });
  const send = (type: string, consumerId: number, orderId: number, minorUnits: number, sagaId: string, { step }: { step: string }) =>
    accounting.others.command(type, consumerId, order(consumerId, orderId, minorUnits), { sagaId, step });
  const answer = async (sagaId: string, { step }: { step: string }) => (await accounting.others.answers(sagaId, step))[0];
  const outcome = async (sagaId: string, step: { step: string }) => (await answer(sagaId, step))?.headers.ce_outcome;

  /** An order whose card is authorised. */
  const authorized = async (consumerId: number, minorUnits: number): Promise<{ orderId: number; sagaId: string }> => {
    const [orderId, sagaId] = [nextOrder(), randomUUID()];
    await send('AuthorizeCard', consumerId, orderId, minorUnits, sagaId, authorize);
    expect(await outcome(sagaId, authorize)).toBe('success');
    return { orderId, sagaId };
  };
  const refusal = (code: string) => ({ type: 'CommandRefused', payload: { code }, headers: { ce_outcome: 'failure' } });

  describe('accounts', () => {
    it('are opened once when consumers are created, and published', async () => {
      const id = await opened();
      expect(await account(id)).toEqual({
        status: 200,
        contentType: expect.stringContaining('application/json') as string,
        body: { accountId: String(id), state: 'ACTIVE', creditLimit: null, authorized: '0.00', captured: '0.00', available: null },
      });
      await accounting.others.consumerCreated(id);
      const next = await opened();
      await eventually(() => expect(accounting.others.eventsAbout(next)).toHaveLength(1));
      expect(accounting.others.eventsAbout(id)).toMatchObject([
        {
          type: 'AccountOpened',
          key: String(id),
          payload: {},
          headers: { ce_sequence: '1'.padStart(20, '0'), ce_source: `/accounting-service/accounts/${id}`, ce_subject: String(id) },
        },
      ]);
    });

    it('can be disabled, enabled and given a limit', async () => {
      const id = await opened();
      expect(await accounting.post(`/accounts/${id}/disable`)).toMatchObject({ status: 200, body: { state: 'DISABLED' } });
      expect(await accounting.post(`/accounts/${id}/disable`, {})).toMatchObject({
        status: 409,
        body: { code: 'ILLEGAL_TRANSITION', detail: `cannot disable account ${id} in state DISABLED` },
      });
      expect(await accounting.post(`/accounts/${id}/enable`)).toMatchObject({ status: 200, body: { state: 'ACTIVE' } });
      expect(await accounting.post(`/accounts/${id}/enable`)).toMatchObject({ status: 409 });
      for (const limit of ['100', '100.0', '100.00']) {
        const changed = await accounting.put(`/accounts/${id}/limit`, { creditLimit: limit, reason: 'an unknown property' });
        expect(changed).toMatchObject({ status: 200, body: { accountId: String(id), creditLimit: '100.00', available: '100.00' } });
      }
    });

    it('are shown in version 2 to clients that ask for it, and to others as before', async () => {
      const id = await opened('100');
      const version2 = 'application/vnd.ftgo.account.v2+json';
      const usd = (amount: string) => ({ amount, currency: 'USD' });
      const amounts = { creditLimit: usd('100.00'), authorized: usd('0.00'), captured: usd('0.00'), available: usd('100.00') };
      expect(await accounting.get(`/accounts/${id}`, { accept: version2 })).toEqual({
        status: 200,
        contentType: version2,
        body: { accountId: id, state: 'ACTIVE', ...amounts },
      });
      expect(await accounting.get(`/accounts/${id}`, { accept: '*/*' })).toEqual({
        status: 200,
        contentType: 'application/json',
        body: { accountId: String(id), state: 'ACTIVE', creditLimit: '100.00', authorized: '0.00', captured: '0.00', available: '100.00' },
      });
      const unlimited = await accounting.get(`/accounts/${await opened()}`, { accept: version2 });
      expect(unlimited.body).toMatchObject({ creditLimit: null, available: null });
    });

    it('list all their entries', async () => {
      const id = await opened('100');
      const { orderId } = await authorized(id, 6170);
      await accounting.post(`/accounts/${id}/disable`);
      const { body } = await accounting.get(`/accounts/${id}/entries`);
      const occurredAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+$/) as string;
      const authorizationId = expect.stringMatching(/^\d+$/) as string;
      expect(body).toEqual({
        accountId: String(id),
        entries: [
          { sequence: 1, type: 'AccountOpened', occurredAt },
          { sequence: 2, type: 'CreditLimitChanged', occurredAt, creditLimit: '100.00' },
          { sequence: 3, type: 'CardAuthorized', occurredAt, orderId: String(orderId), authorizationId, amount: '61.70' },
          { sequence: 4, type: 'AccountDisabled', occurredAt },
        ],
      });
      const { body: since } = await accounting.get(`/accounts/${id}/entries?after=3`);
      expect(since.entries).toMatchObject([{ sequence: 4 }]);
      expect((await accounting.get(`/accounts/${id}/entries?after=4`)).body.entries).toEqual([]);
      expect((await accounting.get(`/accounts/${id}/entries?after=9007199254740991`)).body.entries).toEqual([]);
    });

    it.each([
      ['a number', { creditLimit: 100 }],
      ['a negative amount', { creditLimit: '-1.00' }],
      ['three decimals', { creditLimit: '1.000' }],
      ['an object', { creditLimit: { amount: '1.00' } }],
      ['null', { creditLimit: null }],
      ['nothing', {}],
    ])('reject %s as a limit', async (_, body) => {
      const id = await opened();
      expect(await accounting.put(`/accounts/${id}/limit`, body)).toMatchObject({
        status: 400,
        contentType: expect.stringContaining('application/problem+json') as string,
        body: { code: 'VALIDATION_FAILED', errors: [{ pointer: '/creditLimit' }] },
      });
    });

    it('reject a limit below the open authorisations', async () => {
      const id = await opened('100.00');
      await authorized(id, 6170);
      expect(await accounting.put(`/accounts/${id}/limit`, { creditLimit: '61.69' })).toMatchObject({
        status: 422,
        body: { code: 'CREDIT_LIMIT_TOO_LOW' },
      });
      expect((await account(id)).body).toMatchObject({ creditLimit: '100.00', authorized: '61.70', available: '38.30' });
    });

    it('that do not exist are not found', async () => {
      for (const asked of [
        account(999_999),
        account(Number.MAX_SAFE_INTEGER),
        accounting.post('/accounts/999999/disable'),
        accounting.post('/accounts/999999/enable'),
        accounting.put('/accounts/999999/limit', { creditLimit: '1.00' }),
      ]) {
        expect(await asked).toMatchObject({ status: 404, body: { code: 'ACCOUNT_NOT_FOUND' } });
      }
      for (const [id, path] of [
        ['ada', ''],
        ['0', '/entries'],
        ['9007199254740992', ''],
      ])
        expect(await accounting.get(`/accounts/${id}${path}`)).toMatchObject({
          status: 400,
          body: { code: 'VALIDATION_FAILED', errors: [{ pointer: '/accountId' }] },
        });
    });

    it('that do not exist have no entries', async () => {
      const accountId = '9007199254740991';
      expect(await accounting.get(`/accounts/${accountId}/entries`)).toMatchObject({ status: 200, body: { accountId, entries: [] } });
    });

    it.each(['-1', '1.5', 'x', ''])('reject %j as the last entry seen', async (after) => {
      expect(await accounting.get(`/accounts/${await opened()}/entries?after=${after}`)).toMatchObject({
        status: 400,
        body: { code: 'VALIDATION_FAILED', errors: [{ pointer: '/after' }] },
      });
    });

    it('can be managed over gRPC', async () => {
      const accountId = await opened();
      const { orderId } = await authorized(accountId, 6170);
      const client = grpcClient(AccountingServiceApi, { url: accounting.grpcUrl });
      const { calls } = client;
      try {
        expect((await calls.getAccount({ accountId })).account).toMatchObject({
          accountId,
          state: 'ACTIVE',
          authorized: Money.of('61.70'),
        });
        const unlimited = (await calls.getAccount({ accountId })).account;
        expect([unlimited.creditLimit, unlimited.available]).toEqual([undefined, undefined]);
        expect((await calls.disableAccount({ accountId })).account.state).toBe('DISABLED');
        await expect(calls.disableAccount({ accountId })).rejects.toMatchObject({ kind: 'conflict', code: 'ILLEGAL_TRANSITION' });
        expect((await calls.enableAccount({ accountId })).account.state).toBe('ACTIVE');
        const { account: limited } = await calls.setCreditLimit({ accountId, creditLimit: Money.of('100.00') });
        expect(limited.available).toEqual(Money.of('38.30'));
        await expect(calls.setCreditLimit({ accountId, creditLimit: Money.ofMinorUnits(-1) })).rejects.toThrow();
        const { entries } = await calls.listEntries({ accountId, afterSequence: 1 });
        expect(entries).toMatchObject([
          { sequence: 2, type: 'CARD_AUTHORIZED', orderId, amount: Money.of('61.70') },
          { sequence: 3, type: 'ACCOUNT_DISABLED' },
          { sequence: 4, type: 'ACCOUNT_ENABLED' },
          { sequence: 5, type: 'CREDIT_LIMIT_CHANGED', creditLimit: Money.of('100.00') },
        ]);
        const { authorizations } = await calls.batchGetAuthorizations({ orderIds: [orderId, 999_999] });
        expect(authorizations).toMatchObject([{ orderId, accountId, state: 'AUTHORIZED', amount: Money.of('61.70') }]);
        await expect(calls.getAccount({ accountId: 999_999 })).rejects.toMatchObject({ kind: 'not-found', code: 'ACCOUNT_NOT_FOUND' });
      } finally {
        client.close();
      }
    });
  });

  describe('when an order is delivered', () => {
    const captured = (id: number, amount: string) =>
      eventually(async () => expect((await account(id)).body).toMatchObject({ authorized: '0.00', captured: amount }));

    it('captures the authorisation once and publishes it', async () => {
      const id = await opened('100.00');
      const { orderId } = await authorized(id, 6170);
      for (let time = 1; time <= 2; time++) await accounting.others.orderDelivered(orderId);
      await captured(id, '61.70');
      const other = await authorized(id, 10_000);
      await accounting.others.orderDelivered(other.orderId);
      await captured(id, '161.70');
      expect((await account(id)).body).toMatchObject({ creditLimit: '100.00', available: '100.00' });
      await eventually(() =>
        expect(accounting.others.eventsAbout(id).slice(2)).toMatchObject([
          { type: 'CardAuthorized' },
          { type: 'AuthorizationCaptured', payload: { orderId: String(orderId), amount: { minorUnits: '6170' } } },
          { type: 'CardAuthorized' },
          { type: 'AuthorizationCaptured', payload: { orderId: String(other.orderId), amount: { minorUnits: '10000' } } },
        ]),
      );
    });

    it('shows the capture in the entries and in the state of the authorisation', async () => {
      const id = await opened();
      const { orderId } = await authorized(id, 6170);
      await accounting.others.orderDelivered(orderId);
      await captured(id, '61.70');
      const { entries } = (await accounting.get(`/accounts/${id}/entries?after=2`)).body;
      expect(entries).toMatchObject([{ sequence: 3, type: 'AuthorizationCaptured', orderId: String(orderId), amount: '61.70' }]);
      const client = grpcClient(AccountingServiceApi, { url: accounting.grpcUrl });
      try {
        const { authorizations } = await client.calls.batchGetAuthorizations({ orderIds: [orderId] });
        expect(authorizations).toMatchObject([{ orderId, state: 'CAPTURED', amount: Money.of('61.70') }]);
        expect((await client.calls.getAccount({ accountId: id })).account.captured).toEqual(Money.of('61.70'));
        const shown = await client.calls.listEntries({ accountId: id, afterSequence: 2 });
        expect(shown.entries).toMatchObject([{ type: 'AUTHORIZATION_CAPTURED', orderId, amount: Money.of('61.70') }]);
      } finally {
        client.close();
      }
    });

    it('captures it on a disabled account too', async () => {
      const id = await opened();
      const { orderId } = await authorized(id, 6170);
      await accounting.post(`/accounts/${id}/disable`);
      await accounting.others.orderDelivered(orderId);
      await captured(id, '61.70');
    });
  });

  describe('as a participant of the sagas', () => {
    it('authorises the card of an order, revises the authorisation and reverses it', async () => {
      const id = await opened('100.00');
      const [orderId, sagaId] = [nextOrder(), randomUUID()];
      await send('AuthorizeCard', id, orderId, 6170, sagaId, authorize);
      expect(await answer(sagaId, authorize)).toMatchObject({
        type: 'AuthorizeCardReply',
        key: sagaId,
        payload: { authorizationId: expect.stringMatching(/^\d+$/) as string },
        headers: { ce_outcome: 'success' },
      });
      expect((await account(id)).body).toMatchObject({ authorized: '61.70', available: '38.30' });

      await send('ReviseAuthorization', id, orderId, 10_000, sagaId, revise);
      expect(await outcome(sagaId, revise)).toBe('success');
      expect((await account(id)).body).toMatchObject({ authorized: '100.00', available: '0.00' });

      await send('ReverseAuthorization', id, orderId, 0, sagaId, reverse);
      expect(await outcome(sagaId, reverse)).toBe('success');
      expect((await account(id)).body).toMatchObject({ authorized: '0.00', available: '100.00' });

      await eventually(() =>
        expect(accounting.others.eventsAbout(id)).toMatchObject([
          { type: 'AccountOpened' },
          { type: 'CreditLimitChanged' },
          { type: 'CardAuthorized', payload: { orderId: String(orderId), amount: { minorUnits: '6170' } } },
          { type: 'AuthorizationRevised', payload: { orderId: String(orderId), amount: { minorUnits: '10000' } } },
          { type: 'AuthorizationReversed', payload: { orderId: String(orderId) } },
        ]),
      );
      const sequences = accounting.others.eventsAbout(id).map(({ headers }) => Number(headers.ce_sequence));
      expect(sequences).toEqual([1, 2, 3, 4, 5]);
    });

    it('rejects more than the available credit, for a new order and for a revised one', async () => {
      const id = await opened('100.00');
      const { orderId, sagaId } = await authorized(id, 6170);
      const other = randomUUID();
      await send('AuthorizeCard', id, nextOrder(), 3831, other, authorize);
      expect(await answer(other, authorize)).toMatchObject(refusal('CREDIT_LIMIT_EXCEEDED'));
      await send('ReviseAuthorization', id, orderId, 10_001, sagaId, revise);
      expect(await answer(sagaId, revise)).toMatchObject(refusal('CREDIT_LIMIT_EXCEEDED'));
      expect((await account(id)).body.authorized).toBe('61.70');
    });

    it('rejects no amount while no limit is set', async () => {
      const id = await opened();
      await authorized(id, 1_000_001);
      expect((await account(id)).body).toMatchObject({ creditLimit: null, authorized: '10000.01', available: null });
    });

    it('rejects orders on a disabled account, but reverses its authorisations', async () => {
      const id = await opened();
      const { orderId, sagaId } = await authorized(id, 6170);
      await accounting.post(`/accounts/${id}/disable`);
      const other = randomUUID();
      await send('AuthorizeCard', id, nextOrder(), 100, other, authorize);
      expect(await answer(other, authorize)).toMatchObject(refusal('ACCOUNT_DISABLED'));
      await send('ReviseAuthorization', id, orderId, 100, sagaId, revise);
      expect(await answer(sagaId, revise)).toMatchObject(refusal('ACCOUNT_DISABLED'));
      await send('ReverseAuthorization', id, orderId, 0, sagaId, reverse);
      expect(await outcome(sagaId, reverse)).toBe('success');
      expect((await account(id)).body.authorized).toBe('0.00');
    });

    it('waits for the account of a new consumer', async () => {
      const [id, orderId, sagaId] = [++lastConsumer, nextOrder(), randomUUID()];
      await send('AuthorizeCard', id, orderId, 6170, sagaId, authorize);
      await eventually(async () =>
        expect(await accounting.database.query(`SELECT 1 AS n FROM dead_letter WHERE status = 'deferred'`)).toHaveLength(1),
      );
      await accounting.others.consumerCreated(id);
      expect(await outcome(sagaId, authorize)).toBe('success');
      expect((await account(id)).body.authorized).toBe('61.70');
    });

    it('rejects an order whose account is not opened in time', async () => {
      const sagaId = randomUUID();
      await send('AuthorizeCard', 404_404, nextOrder(), 6170, sagaId, authorize);
      expect(await answer(sagaId, authorize)).toMatchObject(refusal('ACCOUNT_NOT_FOUND'));
    });

    it('repeats its reply to a command that is sent again, and authorises once', async () => {
      const id = await opened();
      const { orderId, sagaId } = await authorized(id, 6170);
      await send('AuthorizeCard', id, orderId, 6170, sagaId, authorize);
      const [first, again] = await accounting.others.answers(sagaId, authorize.step, 2);
      expect(again?.payload).toEqual(first?.payload);
      expect((await account(id)).body.authorized).toBe('61.70');
    });

    it('reverses an authorisation in doubt, whether it was made or arrives later', async () => {
      const id = await opened();
      const made = await authorized(id, 6170);
      await send('ReverseAuthorization', id, made.orderId, 0, made.sagaId, withdraw);
      expect(await outcome(made.sagaId, withdraw)).toBe('success');

      const [late, sagaId] = [nextOrder(), randomUUID()];
      await send('ReverseAuthorization', id, late, 0, sagaId, withdraw);
      expect(await outcome(sagaId, withdraw)).toBe('success');
      await send('AuthorizeCard', id, late, 6170, sagaId, authorize);
      expect(await answer(sagaId, authorize)).toMatchObject(refusal('WITHDRAWN'));
      expect((await account(id)).body.authorized).toBe('0.00');
    });

    it('accepts the reversal of an authorisation that was never made', async () => {
      const [id, sagaId] = [await opened(), randomUUID()];
      await send('ReverseAuthorization', id, nextOrder(), 0, sagaId, reverse);
      expect(await outcome(sagaId, reverse)).toBe('success');
    });

    it('dead-letters what it cannot process and continues', async () => {
      await accounting.others.poison('ftgo.accounting.commands');
      await accounting.others.poison('ftgo.consumer.events');
      const id = await opened();
      await send('ReviseAuthorization', id, nextOrder(), 100, randomUUID(), revise);
      await eventually(async () =>
        expect(await accounting.database.query(`SELECT topic FROM dead_letter WHERE status = 'dead' ORDER BY topic`)).toEqual([
          { topic: 'ftgo.accounting.commands' },
          { topic: 'ftgo.accounting.commands' },
          { topic: 'ftgo.consumer.events' },
        ]),
      );
      await authorized(id, 100);
    });

    it('stays within the limit however many orders arrive at once', async () => {
      const id = await opened('100.00');
      const sagas = Array.from({ length: 30 }, () => randomUUID());
      await Promise.all(sagas.map((sagaId) => send('AuthorizeCard', id, nextOrder(), 750, sagaId, authorize)));
      const outcomes = await Promise.all(sagas.map((sagaId) => outcome(sagaId, authorize)));
      expect(outcomes.filter((each) => each === 'success')).toHaveLength(13);
      expect((await account(id)).body).toMatchObject({ authorized: '97.50', available: '2.50' });
    });
  });

  it('serves its OpenAPI document, Swagger UI and health', async () => {
    const { body } = await accounting.get('/openapi.json');
    expect(Object.keys(body.paths as object)).toEqual(
      expect.arrayContaining(['/accounts/{accountId}', '/accounts/{accountId}/entries', '/accounts/{accountId}/limit']),
    );
    expect((await accounting.get('/swagger-ui/index.html')).status).toBe(200);
    expect((await accounting.get('/health/live')).status).toBe(200);
  });
});
