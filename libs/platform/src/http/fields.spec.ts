import { Money } from '@ftgo/kernel';
import { describe, expect, it } from 'vitest';
import { dateTime, dateTimeOutput, idParam, moneyText, moneyValue, nonEmptyText, optionalText, quantity } from './fields.js';

describe('normalizedText', () => {
  const [composed, decomposed] = ['Caf\u00E9', 'Cafe\u0301'];

  it('is normalized to NFC, whatever its Unicode form', () => {
    for (const name of [composed, decomposed]) {
      expect(nonEmptyText().parse(name)).toBe(composed);
      expect(optionalText().parse(name)).toBe(composed);
    }
    expect(nonEmptyText().parse('\uFB01')).toBe('\uFB01');
  });

  it('is measured in its normalized form', () => {
    expect(nonEmptyText().safeParse('e\u0301'.repeat(255)).success).toBe(true);
    expect(nonEmptyText().safeParse('e\u0301'.repeat(256)).success).toBe(false);
  });
});

describe('dateTime', () => {
  it.each([
    ['2026-01-31T18:30:00', '2026-01-31T18:30:00.000'],
    ['2026-01-31T18:30', '2026-01-31T18:30:00.000'],
    ['2026-01-31T18:30:00.5', '2026-01-31T18:30:00.500'],
    ['2026-01-31T18:30:00.123456789', '2026-01-31T18:30:00.123'],
    ['2026-01-31T18:30:00Z', '2026-01-31T18:30:00.000'],
    ['2026-01-31T18:30:00+02:00', '2026-01-31T16:30:00.000'],
    ['2026-01-31T18:30:00.5-08:00', '2026-02-01T02:30:00.500'],
    ['9999-12-31T23:59:59.999', '9999-12-31T23:59:59.999'],
    ['1999-12-31T23:59:59.999', '1999-12-31T23:59:59.999'],
    ['2028-02-29T00:00:00', '2028-02-29T00:00:00.000'],
  ])('reads %s as %s in UTC', (given, output) => {
    expect(dateTimeOutput(dateTime().parse(given))).toBe(output);
  });

  it.each([
    [[2026, 1, 31, 18, 30], '2026-01-31T18:30:00.000'],
    [[2026, 1, 31, 18, 30, 5], '2026-01-31T18:30:05.000'],
    [[2026, 11, 21, 8, 4, 4, 67_028_553], '2026-11-21T08:04:04.067'],
  ])("reads Jackson's numbers: %j is %s", (given, output) => {
    expect(dateTimeOutput(dateTime().parse(given))).toBe(output);
  });

  it.each([
    [[2026, 2, 30, 18, 30]],
    [[2026, 1, 31]],
    [[2026, 1, 31, 18, 30, 0, 1_000_000_000]],
    [[2026, 1, 31, 18, 30, 0, 0, 0]],
    [[2026, 1, 31, 18, -30]],
    [[2026, 1, 31, 18, 30.5]],
    [['2026', 1, 31, 18, 30]],
    [[]],
  ])('rejects %j', (given) => {
    expect(dateTime().safeParse(given).success).toBe(false);
  });

  it.each([
    '2026-02-30T18:30:00',
    '2026-13-01T00:00:00',
    '2026-01-31',
    '2026-01-31 18:30:00',
    '2026-01-31T24:30:00',
    '0000-01-01T00:00:00',
    '0001-01-01T00:00:00+10:00',
    '9999-12-31T23:59:59-08:00',
    '2026-01-31T18:30:00.1234567890',
    '2026-01-31T18:30:00+25:00',
    '+010000-01-01T00:00:00Z',
    'tomorrow',
    '',
    1_769_884_200_000,
  ])('rejects %s', (given) => {
    expect(dateTime().safeParse(given).success).toBe(false);
  });
});

describe('amount', () => {
  it.each([
    ['12', '12.00'],
    ['12.3', '12.30'],
    ['0', '0.00'],
  ])('reads %s as %s', (given, output) => {
    expect(moneyText().parse(given)).toEqual(Money.of(output));
  });

  it.each([12.34, '12.345', '-1', '', '1e3', ' 1', '12,34', { amount: '1.00' }, null])('rejects %j', (given) => {
    expect(moneyText().safeParse(given).success).toBe(false);
  });

  it('rejects Money that cannot be stored', () => {
    expect(moneyValue().safeParse(Money.of('1.00')).success).toBe(true);
    expect(moneyValue().safeParse(Money.of('1.00', 'EUR')).success).toBe(false);
    expect(moneyValue().safeParse(Money.ofMinorUnits(-1)).success).toBe(false);
    expect(moneyValue().safeParse('1.00').success).toBe(false);
  });
});

describe('text', () => {
  it.each(['', '   ', 'A'.repeat(256), 'a\u0000b', '\ud800', 1, null])('rejects %j', (given) => {
    expect(nonEmptyText().safeParse(given).success).toBe(false);
  });

  it('accepts 255 characters of any language', () => {
    expect(nonEmptyText().parse('ü'.repeat(255))).toHaveLength(255);
  });

  it.each([undefined, null, ''])('treats %j as absent if the field is optional', (given) => {
    expect(optionalText().parse(given)).toBeUndefined();
  });
});

describe('quantity', () => {
  it.each([0, -1, 1.5, '1', 2 ** 31])('rejects %j', (given) => {
    expect(quantity().safeParse(given).success).toBe(false);
  });

  it('accepts 0 if the schema allows it', () => {
    expect(quantity(0).parse(0)).toBe(0);
  });
});

describe('id in a path', () => {
  it.each(['0', '-1', '1.0', 'abc', '', '9007199254740992', '1e3'])('rejects %s', (given) => {
    expect(idParam().safeParse(given).success).toBe(false);
  });

  it('accepts the largest safe integer', () => {
    expect(idParam().parse('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });
});
