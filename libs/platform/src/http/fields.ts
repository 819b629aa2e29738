import { Money, normalized } from '@ftgo/kernel';
import { z } from 'zod';

/** Text that Postgres and protobuf can store: no NUL and no lone surrogates. */
const isStorable = (value: string): boolean => !value.includes('\u0000') && value.isWellFormed();

/**
 * The same rules as patterns, except for lone surrogates: tools that read schemas assume that strings have none, and many
 * cannot parse a pattern that names them.
 */
const storableText = String.raw`^[^\u0000]*$`;
const storableTextThatSaysSomething = String.raw`^[^\u0000]*[^\s\u0000][^\u0000]*$`;

const longestText = 255;
const isTooLong = (value: string): boolean => value.length > longestText && Array.from(value).length > longestText;

/** Counts characters as JSON Schema and Postgres do: zod would count UTF-16 units. */
const text = () =>
  z
    .string()
    .overwrite(normalized)
    .refine((value) => !isTooLong(value), `must not be longer than ${longestText} characters`)
    .refine(isStorable, 'contains a character that cannot be stored')
    .meta({ maxLength: longestText, pattern: storableText });

/** Text that is not blank, of at most 255 characters. */
export const nonEmptyText = () =>
  text()
    .refine((value) => value.trim() !== '', 'must not be empty')
    .meta({ minLength: 1, maxLength: longestText, pattern: storableTextThatSaysSomething });

/** Treats null and the empty string as absent. */
export const optionalText = () =>
  text()
    .nullish()
    .transform((value) => value || undefined);

/** An amount as text with at most two decimals, `"12.34"`; parsed to Money. */
export const moneyText = () =>
  z
    .string('must be an amount as text, such as "12.34"')
    .regex(/^[0-9]{1,13}(?:\.[0-9]{1,2})?$/, 'must be an amount with at most two decimals, such as "12.34", and not negative')
    .transform((value) => Money.of(value));

/** An amount that is already Money (from a gRPC request): not negative, and in the one supported currency. */
export const moneyValue = () =>
  z.custom<Money>(
    (value) => value instanceof Money && value.minorUnits >= 0 && value.currency === Money.zero.currency,
    `must be an amount in ${Money.zero.currency}, and not negative`,
  );

/** A quantity of at least one. */
export const quantity = (minimum = 1) => z.int().min(minimum, `must be at least ${minimum}`).max(2_147_483_647);

/** An id in a body. */
export const id = () => z.int().min(1, 'must be at least 1');

/** A whole number in a path or a query: digits that are parsed to a number. Documented as a number. */
export const wholeNumberParam = (minimum: number, maximum = Number.MAX_SAFE_INTEGER, meta: object = {}) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/, `must be a whole number of at least ${minimum}`)
    .meta({ type: 'integer', pattern: undefined, minimum, maximum, ...meta })
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be a whole number from ${minimum} to ${maximum}`);

/** An id in a path or a query; the example is an id of the demo order. */
export const idParam = () => wholeNumberParam(1, undefined, { example: 1 });

export const personName = () => z.object({ firstName: nonEmptyText(), lastName: nonEmptyText() });

export const address = () =>
  z.object({
    street1: nonEmptyText(),
    street2: optionalText(),
    city: nonEmptyText(),
    state: nonEmptyText(),
    zip: nonEmptyText(),
  });

const day = '[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const minute = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const dateTimeFormat = new RegExp(`^(${day})[Tt](${minute})(?:(:[0-5][0-9])(?:\\.([0-9]{1,9}))?)?([Zz]|[+-]${minute})?$`);

/**
 * ISO 8601 with or without a zone (UTC if it has none) and with up to nine fraction digits of a second; parsed to a Date. A
 * time in the past is valid. Jackson's number form is accepted but not documented: text is clearer.
 */
export const dateTime = () =>
  z.preprocess(
    textOfLocalDateTime,
    z
      .string()
      .meta({ format: 'date-time', pattern: dateTimeFormat.source, description: 'ISO 8601; without a zone it is UTC' })
      .transform((value, context) => {
        const date = parseDateTime(value);
        if (date) return date;
        context.addIssue({ code: 'custom', message: 'must be an ISO 8601 date and time, such as 2026-01-31T18:30:00', input: value });
        return z.NEVER;
      }),
  );

const localDateTime = z.array(z.int().min(0)).min(5).max(7);
const separators = ['', '-', '-', 'T', ':', ':', '.'];
const digits = [4, 2, 2, 2, 2, 2, 9];

/**
 * By default Jackson writes a LocalDateTime as an array of numbers, from the year to the nanosecond; the last two may be
 * missing.
 */
function textOfLocalDateTime(value: unknown): unknown {
  const { data: parts } = localDateTime.safeParse(value);
  return parts ? parts.map((part, index) => `${separators[index]}${String(part).padStart(digits[index] ?? 0, '0')}`).join('') : value;
}

function parseDateTime(value: string): Date | undefined {
  const [, onDay, atMinute, second = ':00', fraction = '', zone = 'Z'] = dateTimeFormat.exec(value) ?? [];
  if (!onDay || !atMinute) return undefined;
  const local = `${onDay}T${atMinute}${second}`;
  const asUtc = new Date(`${local}Z`);
  // Date.UTC would silently turn a day that the month does not have into a day of the next month.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 19) !== local) return undefined;
  const date = new Date(`${local}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`);
  // The range that clients and messages can represent; with a zone, the first and last hours of the range may be outside of it.
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : undefined;
}

/** An amount as returned to clients: always two decimals. */
export const moneyOutput = (money: Money): string => money.toString();

/** A date and time as returned to clients: ISO 8601 without a zone, in UTC. */
export const dateTimeOutput = (date: Date): string => date.toISOString().slice(0, -1);

z.config({ customError: (issue) => (issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined) });
