import { DomainError } from './domain-error.js';

export class InvalidMoney extends DomainError {
  constructor(problem: string) {
    super('INVALID_MONEY', 'invalid', problem);
  }
}

/** An amount in integer minor units (cents) of a currency. Never a float. */
export class Money {
  static readonly zero = new Money(0, 'USD');

  private constructor(
    readonly minorUnits: number,
    readonly currency: string,
  ) {}

  /** From its decimal text with 0 to 2 decimals, not negative: "61.70". */
  static of(text: string, currency = 'USD'): Money {
    const match = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(text);
    if (!match) throw new InvalidMoney(`"${text}" is not an amount: write digits with at most two decimals, as in "12.34"`);
    return Money.ofMinorUnits(Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')), currency);
  }

  static ofMinorUnits(minorUnits: number, currency = 'USD'): Money {
    if (!Number.isInteger(minorUnits)) throw new InvalidMoney(`${minorUnits} is not a whole number of minor units`);
    if (!Number.isSafeInteger(minorUnits))
      throw new InvalidMoney('the amount is larger than the largest that can be counted, 90071992547409.91');
    return new Money(minorUnits, currency);
  }

  plus(other: Money): Money {
    return Money.ofMinorUnits(this.minorUnits + this.sameCurrency(other).minorUnits, this.currency);
  }

  times(quantity: number): Money {
    return Money.ofMinorUnits(this.minorUnits * quantity, this.currency);
  }

  lessThan(other: Money): boolean {
    return this.minorUnits < this.sameCurrency(other).minorUnits;
  }

  equals(other: Money): boolean {
    return this.minorUnits === other.minorUnits && this.currency === other.currency;
  }

  /** Always two decimals: "61.70". */
  toString(): string {
    const units = Math.abs(this.minorUnits);
    const sign = this.minorUnits < 0 ? '-' : '';
    return `${sign}${Math.trunc(units / 100)}.${String(units % 100).padStart(2, '0')}`;
  }

  toJSON(): string {
    return this.toString();
  }

  private sameCurrency(other: Money): Money {
    if (other.currency !== this.currency) {
      throw new DomainError('CURRENCY_MISMATCH', 'invalid', `cannot mix ${this.currency} and ${other.currency}`);
    }
    return other;
  }
}
