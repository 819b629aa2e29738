import { describe, expect, it } from 'vitest';
import { messageName, serviceNames } from '../names.js';

describe('the name of a service', () => {
  it.each(['gift-card', 'gift-card-service'])('%s becomes the names of everything that belongs to it', (name) => {
    expect(serviceNames(name)).toEqual({
      short: 'gift-card',
      service: 'gift-card-service',
      contract: 'giftcard',
      aggregate: 'GiftCard',
      aggregatePlural: 'GiftCards',
      property: 'giftCard',
      plural: 'giftCards',
      path: 'gift-cards',
      table: 'gift_cards',
      code: 'GIFT_CARD',
      words: 'gift card',
      wordsPlural: 'gift cards',
      a: 'a',
      database: 'ftgo_gift_card',
    });
  });

  it.each([
    ['loyalty', 'loyalties'],
    ['survey', 'surveys'],
    ['branch', 'branches'],
    ['invoice', 'invoices'],
  ])('%s has the plural %s', (name, path) => expect(serviceNames(name).path).toBe(path));

  it.each(['', '-', 'Coupon', 'gift card', 'gift--card', '2fast', 'a_b', '../x', 'x'.repeat(31)])("rejects '%s'", (name) =>
    expect(() => serviceNames(name)).toThrow(`invalid service name '${name}': expected lower-case words`),
  );

  it.each(['class', 'new', 'import'])('rejects %s, which TypeScript reserves', (name) =>
    expect(() => serviceNames(name)).toThrow('is a TypeScript keyword'),
  );
});

it('the name of a message is in Pascal case', () => {
  expect(messageName('TicketReopened')).toBe('TicketReopened');
  expect(() => messageName('ticket-reopened')).toThrow("invalid message name 'ticket-reopened'");
});
