import { DescribedApi } from '@ftgo/testing';
import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { address, optionalText, quantity } from '../src/http/fields.js';
import {
  AcceptsIdempotencyKey,
  createService,
  dateTime,
  id,
  idParam,
  keywordsParam,
  menuFields,
  moneyText,
  namesParam,
  newOrderFields,
  nonEmptyText,
  orderLines,
  pageSizeParam,
  personName,
  restaurantFields,
  startKeyParam,
  wholeNumberParam,
} from '../src/index.js';

/** All fields of request bodies. */
const body = z
  .object({
    text: nonEmptyText(),
    optionalText: optionalText(),
    id: id(),
    quantity: quantity(),
    quantityFromZero: quantity(0),
    money: moneyText(),
    time: dateTime(),
    name: personName(),
    address: address(),
    lines: orderLines(0),
    menu: menuFields(moneyText()),
    orderMinimum: restaurantFields(moneyText()).orderMinimum,
    order: z.object(newOrderFields(dateTime())),
  })
  .partial()
  .meta({ id: 'AnyFields' });

/** All fields of paths and queries. */
const query = z.object({
  id: idParam().optional(),
  after: wholeNumberParam(0).optional(),
  text: nonEmptyText().optional(),
  time: dateTime().optional(),
  pageSize: pageSizeParam(),
  startKey: startKeyParam().optional(),
  expand: namesParam('consumer', 'restaurant'),
  keyword: keywordsParam(),
});

@Controller('fields')
class FieldController {
  @Post()
  @AcceptsIdempotencyKey()
  inBody(@Body({ schema: body }) _fields: object) {
    return {};
  }

  @Get()
  inQuery(@Query({ schema: query }) _fields: object) {
    return {};
  }

  @Get(':text')
  inPath(@Param('text', { schema: nonEmptyText() }) _text: string) {
    return {};
  }
}

@Module({ controllers: [FieldController] })
class Fields {}

const whitespace = ['', ' ', '\t\n', '\u00a0', '\ufeff', '\u2028 '];
/**
 * Unicode without lone surrogates: tools that read schemas do not accept them, and malformed-requests.int-spec.ts tests that
 * they are rejected.
 */
const anyForm = fc.oneof(
  fc.constantFrom(...whitespace, 'a\u0000', '\u0000 ', 'x'.repeat(255), 'x'.repeat(256), '🍛'.repeat(255), '🍛'.repeat(256)),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);
/** Normalized: other forms may have more or fewer characters. */
const texts = anyForm.map((text) => text.normalize('NFC'));
const amounts = fc.oneof(
  fc.stringMatching(/^-?[0-9]{0,14}(\.[0-9]{0,3})?$/),
  fc.constantFrom('1e3', ' 1', '1 ', '١', '12,34', '0', '00.1'),
);
/** Days up to the 28th: no pattern describes the length of a month. */
const times = fc.oneof(
  fc.stringMatching(
    /^[12][0-9]{3}-[01][0-9]-(?:[01][0-9]|2[0-8])[Tt ][0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,10})?)?([Zz]|[+-][0-2][0-9]:[0-6][0-9])?$/,
  ),
  fc.constantFrom('2026-01-31', 'tomorrow', '+010000-01-01T00:00:00Z', '2026-01-31T18:30:00.', '2026-01-31T18:30.5'),
);
const numbers = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, 1.5, 1e300),
);
const leaf = fc.oneof(texts, amounts, times, numbers, fc.boolean(), fc.constant(null));
const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(fc.constantFrom('firstName', 'street1', 'menuItems'), leaf));

/** A record in which all fields but one are valid. */
const near = (fields: Record<string, readonly [fits: fc.Arbitrary<unknown>, any: fc.Arbitrary<unknown>]>) =>
  fc.constantFrom(...Object.keys(fields)).chain((odd) =>
    fc.record(Object.fromEntries(Object.entries(fields).map(([name, [fits, any]]) => [name, name === odd ? any : fits])), {
      requiredKeys: Object.keys(fields).filter((name) => name !== odd),
    }),
  );
const word = fc.constantFrom('Ajanta', 'Öl');
const textField = [word, leaf] as const;
const addresses = near({ street1: textField, street2: textField, city: textField, state: textField, zip: textField });
/** Unique ids: no schema describes uniqueness. */
const lines = fc.array(near({ menuItemId: [fc.uuid(), fc.oneof(fc.uuid(), numbers)], quantity: [fc.constant(1), leaf] }), { maxLength: 3 });
const items = fc.array(near({ id: [fc.uuid(), fc.oneof(fc.uuid(), numbers)], name: textField, price: [fc.constant('1.00'), leaf] }), {
  maxLength: 3,
});

const candidates: Record<keyof typeof body.shape, fc.Arbitrary<unknown>> = {
  text: fc.oneof(texts, value),
  optionalText: fc.oneof(texts, value),
  id: fc.oneof(numbers, value),
  quantity: fc.oneof(numbers, value),
  quantityFromZero: fc.oneof(numbers, value),
  money: fc.oneof(amounts, value),
  // Jackson's arrays of numbers are accepted but not documented.
  time: fc.oneof(times, leaf),
  name: fc.oneof(near({ firstName: textField, lastName: textField }), value),
  address: fc.oneof(addresses, value),
  lines: fc.oneof(lines, value),
  menu: fc.oneof(fc.record({ menuItems: items }), value),
  orderMinimum: fc.oneof(amounts, value),
  order: near({
    consumerId: [fc.constant(1), leaf],
    restaurantId: [fc.constant(1), leaf],
    deliveryTime: [fc.constant('2026-01-31T18:30:00'), leaf],
    deliveryAddress: [fc.constant({ street1: 'a', city: 'b', state: 'c', zip: 'd' }), fc.oneof(addresses, leaf)],
    lineItems: [fc.constant([{ menuItemId: '1', quantity: 1 }]), fc.oneof(lines, leaf)],
  }),
};

/** Digits without leading zeros, which a number does not have. */
const digits = fc.oneof(
  fc.stringMatching(/^-?[1-9][0-9]{0,17}$/),
  fc.constantFrom('0', '100', '101', '9007199254740991', '9007199254740992'),
);
const wellFormed = texts.filter((text) => text.isWellFormed());
const inQuery: Record<keyof typeof query.shape, fc.Arbitrary<string>> = {
  id: fc.oneof(digits, wellFormed, fc.constantFrom('1.0', '1e3', ' 1', '0x1', '+1')),
  after: fc.oneof(digits, wellFormed),
  text: wellFormed,
  time: fc.oneof(times, wellFormed),
  pageSize: fc.oneof(digits, wellFormed, fc.constantFrom('1e1', '', ' 5', '5.0')),
  startKey: fc.oneof(fc.stringMatching(/^[A-Za-z0-9_=+/-]{0,201}$/), wellFormed),
  expand: fc.oneof(fc.array(fc.constantFrom('consumer', 'restaurant', 'x', ''), { maxLength: 3 }).map(String), wellFormed),
  keyword: wellFormed,
};

describe('a request field', () => {
  let app: NestFastifyApplication;
  let api: DescribedApi;

  beforeAll(async () => {
    // Thousands of requests on a busy machine would be rejected as an overload.
    app = await createService(Fields, { name: 'fields', logLevel: 'silent', limits: { overloadEventLoopDelayMs: 0 } });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    api = new DescribedApi((await app.inject('/openapi.json')).json());
  });
  afterAll(() => app.close());

  /** Both accept or both reject. */
  async function expectTheSame(described: readonly string[], answer: ReturnType<NestFastifyApplication['inject']>): Promise<void> {
    const { statusCode, body: response } = await answer;
    if ((statusCode === 200) !== (described.length === 0)) expect.fail(`schema: ${described.join() || 'valid'}, service: ${response}`);
  }

  it.each(Object.entries(candidates))('in a body is valid exactly if the schema says so: %s', async (name, arbitrary) => {
    const property = fc.asyncProperty(arbitrary, async (candidate) => {
      const payload = { [name]: candidate };
      const answer = app.inject({ method: 'POST', url: '/fields', payload, headers: { 'content-type': 'application/json' } });
      await expectTheSame(api.wrongInBody({ method: 'POST', path: '/fields' }, JSON.parse(JSON.stringify(payload))), answer);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it.each(Object.entries(inQuery))('in a query is valid exactly if the schema says so: %s', async (name, arbitrary) => {
    const property = fc.asyncProperty(arbitrary, async (candidate) => {
      const described = api.wrongInParameter({ method: 'GET', path: '/fields' }, name, candidate);
      await expectTheSame(described, app.inject(`/fields?${name}=${encodeURIComponent(candidate)}`));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('in a path is valid exactly if the schema says so', async () => {
    const segments = wellFormed.filter((text) => text !== '' && !/^\.{1,2}$/.test(text));
    const property = fc.asyncProperty(segments, async (candidate) => {
      const described = api.wrongInParameter({ method: 'GET', path: '/fields/{text}' }, 'text', candidate);
      await expectTheSame(described, app.inject(`/fields/${encodeURIComponent(candidate)}`));
    });
    await fc.assert(property, { numRuns: 200 });
  });

  it('in a header is valid exactly if the schema says so: Idempotency-Key', async () => {
    const keys = fc.oneof(fc.stringMatching(/^[ -~]{0,10}$/), fc.constantFrom('k'.repeat(255), 'k'.repeat(256), 'é', ''));
    const property = fc.asyncProperty(keys, async (key) => {
      const described = api.wrongInParameter({ method: 'POST', path: '/fields' }, 'Idempotency-Key', key);
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      await expectTheSame(described, app.inject({ method: 'POST', url: '/fields', payload: '{}', headers }));
    });
    await fc.assert(property);
  });
});
