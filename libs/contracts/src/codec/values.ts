import { type DescEnum, ScalarType } from '@bufbuild/protobuf';
import { type Timestamp, TimestampSchema, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Money } from '@ftgo/kernel';
import { type Money as MoneyMessage, MoneySchema } from '../gen/ftgo/common/v1/common_pb.js';
import { Mismatch } from './invalid-payload.js';

/** Converts a value between protobuf-es and the plain form. Both directions throw Mismatch. */
export interface Converter {
  readonly toMessage: (plain: unknown) => unknown;
  readonly toPlain: (message: unknown) => unknown;
}

function checked(is: (value: unknown) => boolean, expected: string): (value: unknown) => unknown {
  return (value) => {
    if (!is(value)) throw new Mismatch(`must be ${expected}`);
    return value;
  };
}

const asIs = (value: unknown): unknown => value;
const string = { toMessage: checked((value) => typeof value === 'string', 'a string'), toPlain: asIs };
const boolean = { toMessage: checked((value) => typeof value === 'boolean', 'true or false'), toPlain: asIs };
const double = { toMessage: checked((value) => typeof value === 'number', 'a number'), toPlain: asIs };
const int32 = {
  toMessage: checked((value) => Number.isInteger(value) && ((value as number) | 0) === value, 'a 32-bit integer'),
  toPlain: asIs,
};

const safeNumber = checked(Number.isSafeInteger, 'an integer between -(2^53 - 1) and 2^53 - 1');
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
  if (!converter) throw new Error(`protobuf scalar ${ScalarType[type]} is not supported`);
  return converter;
}

/** An enum's values as their names without the common prefix. An unknown number reads as the zero value. */
export function enumConverter(desc: DescEnum): Converter {
  const prefix = desc.sharedPrefix?.length ?? 0;
  const names = new Map(desc.values.map(({ number, name }) => [number, name.slice(prefix)]));
  const numbers = new Map([...names].map(([number, name]) => [name, number]));
  return {
    toMessage(plain) {
      const number = numbers.get(plain as string);
      if (number === undefined) throw new Mismatch(`must be one of ${[...numbers.keys()].join(', ')}`);
      return number;
    },
    toPlain: (message) => names.get(message as number) ?? names.get(0),
  };
}

const money: Converter = {
  toMessage(plain) {
    if (!(plain instanceof Money)) throw new Mismatch('must be an amount of money');
    return { currencyCode: plain.currency, minorUnits: BigInt(plain.minorUnits) };
  },
  toPlain(message) {
    const { currencyCode, minorUnits } = message as MoneyMessage;
    if (!/^[A-Z]{3}$/.test(currencyCode)) throw new Mismatch('has no currency: expected a three-letter code such as "USD"');
    return Money.ofMinorUnits(int64.toPlain(minorUnits) as number, currencyCode);
  },
};

/** The range of a valid Timestamp; protobuf could encode others, but JSON, in which messages are published, could not. */
const isTimestamp = (date: Date): boolean => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999;
const nanosPerMs = 1_000_000;

const date: Converter = {
  toMessage(plain) {
    if (!(plain instanceof Date) || !isTimestamp(plain)) throw new Mismatch('must be a date between the years 1 and 9999');
    return timestampFromDate(plain);
  },
  /** Truncates to milliseconds, like parsing a date from text. */
  toPlain(message) {
    const { seconds, nanos } = message as Timestamp;
    const ms = Math.floor(nanos / nanosPerMs);
    const value = new Date(Number(seconds) * 1_000 + ms);
    if (ms < 0 || ms > 999 || !isTimestamp(value)) throw new Mismatch('must be a date between the years 1 and 9999');
    return value;
  },
};

/** Message types with a counterpart outside protobuf; protoc-gen-plain.mjs lists the same. */
export const wellKnownConverters = new Map<string, Converter>([
  [MoneySchema.typeName, money],
  [TimestampSchema.typeName, date],
]);
