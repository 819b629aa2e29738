import { describe, expect, it } from 'vitest';
import { InvalidMoney, Money } from './money.js';

describe('Money', () => {
  it.each([
    ['61.7', '61.70'],
    ['61', '61.00'],
    ['0.05', '0.05'],
    ['9999999999999.99', '9999999999999.99'],
  ])('parses %s and formats it as %s', (text, written) => {
    expect(Money.of(text).toString()).toBe(written);
  });

  it.each(['-1', '1.234', '1e3', '', '.5', '1.', 'NaN', ' 1', '1,00'])('rejects %j', (text) => {
    expect(() => Money.of(text)).toThrow(InvalidMoney);
  });

  it('adds and multiplies exactly', () => {
    expect(Money.of('0.10').plus(Money.of('0.20')).equals(Money.of('0.30'))).toBe(true);
    expect(Money.of('12.34').times(5).toString()).toBe('61.70');
  });

  it('holds up to 2^53 - 1 cents and rejects larger amounts', () => {
    const largest = Money.of('0.01').times(Number.MAX_SAFE_INTEGER);
    expect(largest.toString()).toBe('90071992547409.91');
    for (const tooLarge of [() => largest.plus(Money.of('0.01')), () => Money.of('9999999999999.99').times(2_147_483_647)]) {
      expect(tooLarge).toThrow('exceeds the maximum of 90071992547409.91');
    }
  });

  it('rejects arithmetic on different currencies', () => {
    expect(() => Money.of('1.00', 'USD').plus(Money.of('1.00', 'EUR'))).toThrow('cannot mix');
  });
});
