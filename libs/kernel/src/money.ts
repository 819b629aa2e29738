import { DomainError } from './domain-error.js';

export class InvalidMoney extends DomainError {
  constructor(problem: string) {
    super('INVALID_MONEY', 'invalid', problem);
  }
}

/** An amount in integer minor units (cents) of a currency; never a float. */
export class Money {
  static readonly zero = new Money(0, 'USD');

  private constructor(
    readonly minorUnits: number,
    readonly currency: string,
  ) {}

  /** Parses a non-negative decimal with at most two decimals, such as "61.70". */
  static of(text: string, currency = 'USD'): Money {
    const match = /^(\d{1,13})(?:\.(\d{1,2}))?$/.exec(text);
    if (!match) throw new InvalidMoney(`invalid amount '${text}': expected digits with at most two decimals, such as 12.34`);
    return Money.ofMinorUnits(Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0')), currency);
  }

  static ofMinorUnits(minorUnits: number, currency = 'USD'): Money {
    if (!Number.isInteger(minorUnits)) throw new InvalidMoney(`invalid amount ${minorUnits}: expected a whole number of minor units`);
    if (!Number.isSafeInteger(minorUnits)) throw new InvalidMoney('the amount exceeds the maximum of 90071992547409.91');
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

  /** Always with two decimals: "61.70". */
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
