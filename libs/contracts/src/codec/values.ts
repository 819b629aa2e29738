import { type DescEnum, ScalarType } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Money } from '@ftgo/kernel';
import { type Money as MoneyMessage, MoneySchema } from '../gen/ftgo/common/v1/common_pb.js';
import { Mismatch } from './invalid-payload.js';

/** How one value looks in a protobuf-es message, and how as a plain value. Both ways throw Mismatch. */
export interface Converter {
  readonly toMessage: (plain: unknown) => unknown;
  readonly toPlain: (message: unknown) => unknown;
}

function checked(is: (value: unknown) => boolean, expected: string): (value: unknown) => unknown {
  return (value) => {
    if (!is(value)) throw new Mismatch(`is not ${expected}`);
    return value;
  };
}

const asIs = (value: unknown): unknown => value;
const string = { toMessage: checked((value) => typeof value === 'string', 'a text'), toPlain: asIs };
const boolean = { toMessage: checked((value) => typeof value === 'boolean', 'true or false'), toPlain: asIs };
const double = { toMessage: checked((value) => typeof value === 'number', 'a number'), toPlain: asIs };
const int32 = {
  toMessage: checked((value) => Number.isInteger(value) && ((value as number) | 0) === value, 'a 32-bit whole number'),
  toPlain: asIs,
};

const safeNumber = checked(Number.isSafeInteger, 'a whole number within 2^53 - 1');
const int64: Converter = {
  toMessage: (plain) => BigInt(safeNumber(plain) as number),
  toPlain: (message) => safeNumber(Number(message)),
};

const scalars = new Map<ScalarType, Converter>([
  [ScalarType.STRING, string],
  [ScalarType.BOOL, boolean],
  [ScalarType.DOUBLE, double],
  [ScalarType.INT32, int32],
  [ScalarType.INT64, int64],
]);

export function scalarConverter(type: ScalarType): Converter {
  const converter = scalars.get(type);
  if (!converter) throw new Error(`protobuf scalar ${ScalarType[type]} has no plain form yet`);
  return converter;
}

/** An enum's values as their names without the shared prefix. A number that we do not know yet reads as the zero value. */
export function enumConverter(desc: DescEnum): Converter {
  const prefix = desc.sharedPrefix?.length ?? 0;
  const names = new Map(desc.values.map(({ number, name }) => [number, name.slice(prefix)]));
  const numbers = new Map([...names].map(([number, name]) => [name, number]));
  return {
    toMessage(plain) {
      const number = numbers.get(plain as string);
      if (number === undefined) throw new Mismatch(`is not one of ${[...numbers.keys()].join(', ')}`);
      return number;
    },
    toPlain: (message) => names.get(message as number) ?? names.get(0),
  };
}

const money: Converter = {
  toMessage(plain) {
    if (!(plain instanceof Money)) throw new Mismatch('is not an amount of money');
    return { currencyCode: plain.currency, minorUnits: BigInt(plain.minorUnits) };
  },
  toPlain(message) {
    const { currencyCode, minorUnits } = message as MoneyMessage;
    if (!/^[A-Z]{3}$/.test(currencyCode)) throw new Mismatch('has no currency: use a code of three letters, as in "USD"');
    return Money.ofMinorUnits(int64.toPlain(minorUnits) as number, currencyCode);
  },
};

/** What a Timestamp may be; others can be written in protobuf, but not in JSON, in which messages go on. */
const isTimestamp = (date: Date): boolean => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
const nanosPerMs = 1_000_000;

const date: Converter = {
  toMessage(plain) {
    if (!(plain instanceof Date) || !isTimestamp(plain)) throw new Mismatch('is not a date of the years 1 to 9999');
    return timestampFromDate(plain);
  },
  /** To the millisecond that has begun, as dates in text are read. */
  toPlain(message) {
    const { seconds, nanos } = message as Timestamp;
    const ms = Math.floor(nanos / nanosPerMs);
    const value = new Date(Number(seconds) * 1_000 + ms);
    if (ms < 0 || ms > 999 || !isTimestamp(value)) throw new Mismatch('is not a date of the years 1 to 9999');
    return value;
  },
};

/** Messages that have a counterpart of their own outside of protobuf; protoc-gen-plain.mjs names the same. */
export const wellKnownConverters = new Map<string, Converter>([
  [MoneySchema.typeName, money],
  [TimestampSchema.typeName, date],
]);
