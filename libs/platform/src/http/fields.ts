import { Money, normalized } from '@ftgo/kernel';
import { z } from 'zod';

/** What Postgres and protobuf can hold: no NUL, no half of a surrogate pair. */
const isStorable = (value: string): boolean => !value.includes('\u0000') && value.isWellFormed();

/**
 * The same as patterns, without the halves of surrogate pairs: to the tools that read schemas a string has none, and many
 * cannot read a pattern that names them.
 */
const storableText = String.raw`^[^\u0000]*$`;
const storableTextThatSaysSomething = String.raw`^[^\u0000]*[^\s\u0000][^\u0000]*$`;

const longestText = 255;
const isTooLong = (value: string): boolean => value.length > longestText && Array.from(value).length > longestText;

/** Characters are counted as JSON Schema and Postgres count them: zod would count UTF-16 units. */
const text = () =>
  z
    .string()
    .overwrite(normalized)
    .refine((value) => !isTooLong(value), `must not be longer than ${longestText} characters`)
    .refine(isStorable, 'contains a character that cannot be stored')
    .meta({ maxLength: longestText, pattern: storableText });

/** A text that says something, of at most 255 characters. */
export const nonEmptyText = () =>
  text()
    .refine((value) => value.trim() !== '', 'must not be empty')
    .meta({ minLength: 1, maxLength: longestText, pattern: storableTextThatSaysSomething });

/** Absent, null and empty all mean that there is none. */
export const optionalText = () =>
  text()
    .nullish()
    .transform((value) => value || undefined);

/** An amount as text with at most two decimals, `"12.34"`; becomes Money. */
export const moneyText = () =>
  z
    .string('must be an amount as text, such as "12.34"')
    .regex(/^[0-9]{1,13}(?:\.[0-9]{1,2})?$/, 'must be an amount with at most two decimals, such as "12.34", and not negative')
    .transform((value) => Money.of(value));

/** An amount that is Money already (from a gRPC request); not negative, and in the one currency that is kept. */
export const moneyValue = () =>
  z.custom<Money>(
    (value) => value instanceof Money && value.minorUnits >= 0 && value.currency === Money.zero.currency,
    `must be an amount in ${Money.zero.currency}, and not negative`,
  );

/** How many of something; at least one. */
export const quantity = (minimum = 1) => z.int().min(minimum, `must be at least ${minimum}`).max(2_147_483_647);

/** An id in a body. */
export const id = () => z.int().min(1, 'must be at least 1');

/** A whole number in a path or a query: digits that become a number. Described as the number that it is. */
export const wholeNumberParam = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/, `must be a whole number from ${minimum}`)
    .meta({ type: 'integer', pattern: undefined, minimum, maximum })
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be a whole number from ${minimum} to ${maximum}`);

/** An id in a path or a query. */
export const idParam = () => wholeNumberParam(1);

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
 * ISO 8601 with or without a zone (then it is UTC), with up to nine digits of a second; becomes a Date. The past is allowed.
 * Numbers as Jackson writes them are understood, and not advertised: text says more.
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

/** Unless told to write text, Jackson writes a LocalDateTime as numbers, from the year to the nanosecond; the last two may be missing. */
function textOfLocalDateTime(value: unknown): unknown {
  const { data: parts } = localDateTime.safeParse(value);
  return parts ? parts.map((part, index) => `${separators[index]}${String(part).padStart(digits[index] ?? 0, '0')}`).join('') : value;
}

function parseDateTime(value: string): Date | undefined {
  const [, onDay, atMinute, second = ':00', fraction = '', zone = 'Z'] = dateTimeFormat.exec(value) ?? [];
  if (!onDay || !atMinute) return undefined;
  const local = `${onDay}T${atMinute}${second}`;
  const asUtc = new Date(`${local}Z`);
  // A day that the month does not have would silently become one of the next month.
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 19) !== local) return undefined;
  const date = new Date(`${local}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`);
  // What a client can be shown and a message can carry; with a zone the first and the last hours of that may be outside.
  return date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999 ? date : undefined;
}

/** An amount as clients get it: always two decimals. */
export const moneyOutput = (money: Money): string => money.toString();

/** A date and time as clients get it: ISO 8601 without a zone, in UTC. */
export const dateTimeOutput = (date: Date): string => date.toISOString().slice(0, -1);

z.config({ customError: (issue) => (issue.code === 'invalid_type' && issue.input === undefined ? 'is missing' : undefined) });
