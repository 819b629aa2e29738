import { type ConsumerId, consumerId, orderId } from '@ftgo/ftgo';
import { IllegalTransition, Money } from '@ftgo/kernel';
import { ConcurrentUpdate, NotYet, Transactions } from '@ftgo/messaging';
import { Access, Database, Metrics } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { money } from '../../test/account.mother.js';
import { accountingDatabase, databaseModule } from '../../test/accounting.database.js';
import { AccountNotFound, CreditLimitExceeded, NothingToCapture } from './account.errors.js';
import { AccountRepository } from './account.repository.js';
import { AccountingService } from './accounting.service.js';
import { AuthorizationView } from './authorization.view.js';

describe('AccountingService', () => {
  let testDatabase: TestDatabase;
  /** Two instances of the service. */
  let modules: readonly TestingModule[];
  let accounting: AccountingService;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await accountingDatabase();
    const started = [1, 2].map(() =>
      Test.createTestingModule({
        imports: [databaseModule(testDatabase), DiscoveryModule],
        providers: [AccountRepository, AuthorizationView, AccountingService, Metrics, { provide: Access, useValue: new Access(false) }],
      }).compile(),
    );
    modules = await Promise.all(started);
    accounting = inProcess(0, AccountingService);
    database = inProcess(0, Database);
  });
  afterAll(async () => {
    for (const module of modules) await module.close();
    await testDatabase?.drop();
  });

  const inProcess = <Service>(n: number, service: new (...args: never[]) => Service): Service =>
    (modules[n] as TestingModule).get<Service>(service);

  let lastAccount = 0;
  let lastOrder = 0;
  const nextOrder = () => orderId(++lastOrder);
  const opened = async (limit = '100.00'): Promise<ConsumerId> => {
    const id = consumerId(++lastAccount);
    await accounting.openAccount(id);
    await accounting.changeCreditLimit(id, money(limit));
    return id;
  };
  const charge = (accountId: ConsumerId, amount: string, order = nextOrder()) => ({ accountId, orderId: order, amount: money(amount) });
  const published = async (id: ConsumerId) => {
    const rows = await database.query<{ type: string; sequence: string }>(
      'SELECT type, sequence FROM outbox WHERE subject = $1 ORDER BY sequence',
      [String(id)],
    );
    return rows.map(({ type, sequence }) => [Number(sequence), type.split('.').at(-1)]);
  };

  it('keeps concurrent authorisations within the limit', async () => {
    const id = await opened('100.00');
    const attempts = Array.from({ length: 40 }, (_, i) => {
      const order = charge(id, '7.50');
      return untilAnswered(() => inProcess(i % 2, AccountingService).authorizeCard(order));
    });
    const outcomes = await Promise.allSettled(attempts);
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => (reason as Error).constructor);
    expect(refusals).toEqual(Array.from({ length: 27 }, () => CreditLimitExceeded));
    const account = await accounting.getAccount(id);
    expect(account.authorized).toEqual(money('97.50'));
    expect(new Set(account.openAuthorizations.map(({ authorizationId }) => authorizationId)).size).toBe(13);
  });

  /** A conflict is not final: the message is redelivered, and the client retries. */
  const untilAnswered = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof ConcurrentUpdate)) throw error;
      }
    }
  };

  it('stays within the limit under a concurrent revision, reversal and new limit', async () => {
    const id = await opened('100.00');
    const [first, second] = [charge(id, '40.00'), charge(id, '40.00')];
    for (const each of [first, second]) await accounting.authorizeCard(each);
    await Promise.allSettled([
      inProcess(0, AccountingService).reviseAuthorization({ ...first, amount: money('60.00') }),
      inProcess(1, AccountingService).reviseAuthorization({ ...second, amount: money('60.00') }),
      inProcess(0, AccountingService).changeCreditLimit(id, money('80.00')),
      inProcess(1, AccountingService).reverseAuthorization(id, first.orderId),
      inProcess(0, AccountingService).authorizeCard(charge(id, '20.00')),
    ]);
    expect((await accounting.getAccount(id)).available?.lessThan(Money.zero)).toBe(false);
  });

  it('opens an account once when the request is retried', async () => {
    const id = consumerId(++lastAccount);
    await Promise.all([0, 1, 0, 1].map((n) => inProcess(n, AccountingService).openAccount(id)));
    expect(await accounting.getAccount(id)).toMatchObject({ version: 1, creditLimit: undefined, available: undefined });
    expect(await published(id)).toEqual([[1, 'AccountOpened']]);
  });

  it('publishes each event with its number in the stream', async () => {
    const id = await opened();
    const first = charge(id, '10.00');
    await accounting.authorizeCard(first);
    await accounting.reviseAuthorization({ ...first, amount: money('20.00') });
    await accounting.reverseAuthorization(id, first.orderId);
    await accounting.disableAccount(id);
    await accounting.enableAccount(id);
    const types = ['AccountOpened', 'CreditLimitChanged', 'CardAuthorized', 'AuthorizationRevised', 'AuthorizationReversed'];
    expect(await published(id)).toEqual([...types, 'AccountDisabled', 'AccountEnabled'].map((type, i) => [i + 1, type]));
    expect((await accounting.getEntries(id)).map(({ version, event }) => [version, event.kind])).toEqual(await published(id));
    expect((await accounting.getEntries(id, 6)).map(({ event }) => event.kind)).toEqual(['AccountEnabled']);
  });

  it('reverses nothing and publishes nothing when nothing was authorised', async () => {
    const id = await opened();
    await accounting.reverseAuthorization(id, nextOrder());
    await accounting.reverseAuthorization(consumerId(999_999), nextOrder());
    expect(await published(id)).toHaveLength(2);
  });

  describe('when an order was delivered', () => {
    const kinds = async (id: ConsumerId) => (await accounting.getEntries(id)).map(({ event }) => event.kind).slice(2);

    it('captures its authorisation once when the event is redelivered', async () => {
      const id = await opened();
      const order = charge(id, '61.70');
      await accounting.authorizeCard(order);
      await Promise.all([0, 1, 0, 1].map((n) => untilAnswered(() => inProcess(n, AccountingService).captureAuthorization(order.orderId))));
      expect(await accounting.getAccount(id)).toMatchObject({ authorized: Money.zero, captured: money('61.70'), openAuthorizations: [] });
      expect(await kinds(id)).toEqual(['CardAuthorized', 'AuthorizationCaptured']);
      expect(await inProcess(0, AuthorizationView).find(order.orderId)).toMatchObject({ state: 'CAPTURED', amount: money('61.70') });
    });

    it('does not repeat, revise or reverse a captured authorisation, even after the account has dropped it', async () => {
      const id = await opened();
      const order = charge(id, '61.70');
      await accounting.authorizeCard(order);
      await accounting.captureAuthorization(order.orderId);
      await expect(accounting.authorizeCard(order)).rejects.toThrow(
        `cannot create the authorisation of order ${order.orderId} in state CAPTURED`,
      );
      await expect(accounting.reviseAuthorization(order)).rejects.toThrow(IllegalTransition);
      await expect(accounting.reverseAuthorization(id, order.orderId)).rejects.toThrow(IllegalTransition);
      expect(await kinds(id)).toEqual(['CardAuthorized', 'AuthorizationCaptured']);
    });

    it('never authorises an order again while its authorisation is being settled', async () => {
      const id = await opened('1000000.00');
      const orders = Array.from({ length: 20 }, () => charge(id, '1.00'));
      for (const order of orders) await accounting.authorizeCard(order);
      const acts = orders.flatMap((order) => [
        () => inProcess(0, AccountingService).captureAuthorization(order.orderId),
        () => inProcess(1, AccountingService).authorizeCard(order),
        () => inProcess(1, AccountingService).reverseAuthorization(id, order.orderId),
      ]);
      await Promise.allSettled(acts.map((act) => untilAnswered<unknown>(act)));
      const { authorized, captured } = await accounting.getAccount(id);
      const states = (await inProcess(0, AuthorizationView).ofOrders(orders.map(({ orderId }) => orderId))).map(({ state }) => state);
      expect(authorized).toEqual(Money.zero);
      expect(captured).toEqual(money(`${states.filter((state) => state === 'CAPTURED').length}.00`));
      expect((await kinds(id)).filter((kind) => kind === 'CardAuthorized')).toHaveLength(20);
    });

    const uncaptured = async () => Number(/^accounting_uncaptured_deliveries_total (\d+)$/m.exec(await inProcess(0, Metrics).text())?.[1]);

    it('changes nothing if its authorisation was reversed, and counts the order', async () => {
      const id = await opened();
      const order = charge(id, '61.70');
      await accounting.authorizeCard(order);
      await accounting.reverseAuthorization(id, order.orderId);
      const before = await uncaptured();
      await accounting.captureAuthorization(order.orderId);
      expect(await kinds(id)).toEqual(['CardAuthorized', 'AuthorizationReversed']);
      expect(await uncaptured()).toBe(before + 1);
    });

    it('fails for an order that was never authorised', async () => {
      await expect(accounting.captureAuthorization(nextOrder())).rejects.toThrow(NothingToCapture);
    });
  });

  it('defers an authorisation on an account that is not open yet', async () => {
    const unknown = consumerId(888_888);
    await expect(accounting.authorizeCard(charge(unknown, '1.00'))).rejects.toThrow(NotYet);
    await expect(accounting.getAccount(unknown)).rejects.toThrow(AccountNotFound);
    expect(await accounting.getEntries(unknown)).toEqual([]);
  });

  it('takes a snapshot every hundred events and reads only later events', async () => {
    const id = await opened('1000.00');
    for (let i = 0; i < 100; i++) await accounting.authorizeCard(charge(id, '1.00'));
    expect(await database.query('SELECT version FROM stream_snapshot WHERE stream_id = $1', [String(id)])).toEqual([{ version: 100 }]);
    const fromSnapshot = await accounting.getAccount(id);
    expect(fromSnapshot).toMatchObject({ version: 102, authorized: money('100.00') });
    await inProcess(0, Transactions).run(() => database.query('DELETE FROM stream_snapshot'));
    expect(await accounting.getAccount(id)).toEqual(fromSnapshot);
  });

  describe('with events from when accounts were opened with a limit of 10,000.00', () => {
    const usd = (minorUnits: number) => ({ minorUnits, currency: 'USD' });
    const storedBefore = async (...events: ReadonlyArray<readonly [type: string, data: object]>): Promise<ConsumerId> => {
      const id = consumerId(++lastAccount);
      for (const [i, [type, data]] of [['AccountOpened', { creditLimit: usd(1_000_000) }] as const, ...events].entries()) {
        await database.query(
          `INSERT INTO stored_event (stream, stream_id, version, type, type_version, data, correlation_id, causation_id)
           VALUES ('account', $1, $2, $3, 1, $4, 'then', 'then')`,
          [String(id), i + 1, type, JSON.stringify(data)],
        );
      }
      return id;
    };

    it('an account whose limit was never changed has no limit', async () => {
      const id = await storedBefore();
      expect(await accounting.getAccount(id)).toMatchObject({ version: 1, creditLimit: undefined });
      await accounting.authorizeCard(charge(id, '10000.01'));
      expect((await accounting.getEntries(id)).map(({ event }) => event.kind)).toEqual(['AccountOpened', 'CardAuthorized']);
    });

    it('an account keeps a limit that was set', async () => {
      const id = await storedBefore(['CreditLimitChanged', { creditLimit: usd(10_000) }]);
      expect(await accounting.getAccount(id)).toMatchObject({ version: 2, creditLimit: money('100.00') });
    });

    it('a snapshot is ignored and its events are read instead', async () => {
      const id = await storedBefore();
      const state = { version: 1, state: 'ACTIVE', creditLimit: usd(1_000_000), authorizations: [] };
      await database.query(`INSERT INTO stream_snapshot (stream, stream_id, version, format, state) VALUES ('account', $1, 1, 1, $2)`, [
        String(id),
        JSON.stringify(state),
      ]);
      expect(await accounting.getAccount(id)).toMatchObject({ version: 1, creditLimit: undefined });
    });
  });

  it('rebuilds the view of authorisations from the events', async () => {
    const id = await opened();
    const [kept, revised, reversed, captured] = [charge(id, '10.00'), charge(id, '10.00'), charge(id, '10.00'), charge(id, '10.00')];
    for (const each of [kept, revised, reversed, captured]) await accounting.authorizeCard(each);
    await accounting.reviseAuthorization({ ...revised, amount: money('15.00') });
    await accounting.reverseAuthorization(id, reversed.orderId);
    await accounting.captureAuthorization(captured.orderId);
    const view = inProcess(0, AuthorizationView);
    const orders = [kept, revised, reversed, captured].map((each) => each.orderId);
    const before = await view.ofOrders([...orders, orderId(777_777)]);
    expect(before.map(({ accountId, state, amount }) => [accountId, state, amount])).toEqual([
      [id, 'AUTHORIZED', money('10.00')],
      [id, 'REVISED', money('15.00')],
      [id, 'REVERSED', money('10.00')],
      [id, 'CAPTURED', money('10.00')],
    ]);
    await inProcess(0, Transactions).run(() => database.query(`UPDATE authorizations SET amount = 0, state = 'REVERSED'`));
    await inProcess(1, AccountRepository).rebuildView();
    expect(await view.ofOrders(orders)).toEqual(before);
  });
});
