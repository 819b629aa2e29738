import { describe, expect, it } from 'vitest';
import { InvalidMoney, Money } from './money.js';

describe('money', () => {
  it.each([
    ['61.7', '61.70'],
    ['61', '61.00'],
    ['0.05', '0.05'],
    ['9999999999999.99', '9999999999999.99'],
  ])('reads %s and writes %s', (text, written) => {
    expect(Money.of(text).toString()).toBe(written);
  });

  it.each(['-1', '1.234', '1e3', '', '.5', '1.', 'NaN', ' 1', '1,00'])('refuses %j', (text) => {
    expect(() => Money.of(text)).toThrow(InvalidMoney);
  });

  it('adds and multiplies without losing a cent', () => {
    expect(Money.of('0.10').plus(Money.of('0.20')).equals(Money.of('0.30'))).toBe(true);
    expect(Money.of('12.34').times(5).toString()).toBe('61.70');
  });

  it('never mixes currencies', () => {
    expect(() => Money.of('1.00', 'USD').plus(Money.of('1.00', 'EUR'))).toThrow('cannot mix');
  });
});
