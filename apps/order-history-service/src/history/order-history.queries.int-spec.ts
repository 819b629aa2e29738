import { consumerId, orderId, restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Access, Database } from '@ftgo/platform';
import type { TestDatabase } from '@ftgo/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, orderHistoryDatabase } from '../../test/order-history.database.js';
import { OrderHistoryQueries } from './order-history.queries.js';
import { OrderViewRepository } from './order-view.repository.js';

describe('searching orders by keyword', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;

  beforeAll(async () => {
    testDatabase = await orderHistoryDatabase();
    const providers = [OrderViewRepository, OrderHistoryQueries, { provide: Access, useValue: new Access(false) }];
    module = await Test.createTestingModule({ imports: [databaseModule(testDatabase)], providers }).compile();
    await placed(1, 'Café Zürich', ['Naan/Roti (2 pcs.)', 'Crème_brûlée']);
    await placed(2, 'Wok@Home', ['No.7 "Spicy\tDuck"', 'Fish&Chips', 'पनीर टिक्का']);
    await placed(
      3,
      'Cre\u0302pes \uFB01nes',
      ['Σουβλάκι ΓΥΡΟΣ', 'Ｎａａｎ'].map((name) => name.normalize('NFD')),
    );
    await renamed(9, 'ÉTOILE/Bistro');
  });
  afterAll(async () => {
    await module?.close();
    await testDatabase?.drop();
  });

  const consumer = consumerId(1);
  const placed = (id: number, restaurantName: string, items: readonly string[]) =>
    module.get(Transactions).run(async (transaction) => {
      const [view] = (await module.get(OrderViewRepository).lock(transaction, [orderId(id)])).values();
      const lineItems = items.map((name, i) => ({ menuItemId: String(i), name, price: Money.of('1.00'), quantity: 1 }));
      const facts = {
        consumerId: consumer,
        restaurantId: restaurantId(8 + id - 1),
        restaurantName,
        lineItems,
        orderTotal: Money.of('2.00'),
      };
      const at = new Date(Date.UTC(2026, 10, id));
      const order = { ...(view ?? expect.fail('the view is not locked')), ...facts, status: 'APPROVED' as const, createdAt: at };
      await module.get(OrderViewRepository).save(transaction, [order], []);
    });
  const renamed = (id: number, name: string) =>
    module.get(Database).query('INSERT INTO restaurants (id, name, sequence) VALUES ($1, $2, 1)', [id, name]);
  const found = async (...keywords: string[]) => {
    const page = await module.get(OrderHistoryQueries).find({ consumerId: consumer, keywords }, { after: undefined, size: 10 });
    return page.orders.map((order) => order.orderId);
  };

  it.each([
    ['a stroke', 'roti', 1],
    ['an at sign', 'home', 2],
    ['a dot', '7', 2],
    ['an ampersand', 'chips', 2],
    ['an underscore', 'brûlée', 1],
    ['a quotation mark', 'spicy', 2],
    ['a tab', 'duck', 2],
    ['brackets', 'pcs', 1],
    ['letters with diacritics', 'टिक्का', 2],
  ])('finds a word next to %s', async (_what, word, order) => {
    expect(await found(word)).toEqual([order]);
  });

  it('finds text as written in the menu, and words in any order', async () => {
    expect(await found('Naan/Roti')).toEqual([1]);
    expect(await found('roti, naan')).toEqual([1]);
    expect(await found('fish & chips', 'wok')).toEqual([2]);
    expect(await found('naan', 'chips')).toEqual([]);
  });

  it('ignores case in any language', async () => {
    expect(await found('CAFÉ ZÜRICH')).toEqual([1]);
    expect(await found('CRÈME')).toEqual([1]);
    expect(await found('étoile')).toEqual([2]);
  });

  it.each(['NFC', 'NFD', 'NFKC', 'NFKD'])('matches across Unicode normalization forms: %s', async (form) => {
    const inForm = (text: string) => found(text.normalize(form));
    expect(await inForm('Café Zürich')).toEqual([1]);
    expect(await inForm('crème')).toEqual([1]);
    expect(await inForm('CRÊPES')).toEqual([3]);
    expect(await inForm('ﬁnes')).toEqual([3]);
    expect(await inForm('ｎａａｎ')).toEqual([3, 1]);
    expect(await inForm('γυρος')).toEqual([3]);
    expect(await inForm('γυροσ')).toEqual([3]);
    expect(await inForm('टिक्का')).toEqual([2]);
    expect(await inForm('cafe')).toEqual([]);
  });

  it('does not match parts of words or punctuation alone', async () => {
    expect(await found('rot')).toEqual([]);
    expect(await found('/')).toEqual([]);
    expect(await found("'); --", '%')).toEqual([]);
  });
});
