import { describe, expect, it } from 'vitest';
import { breaksIn, type Reader } from '../compatibility/schemas.js';

const order = {
  type: 'object',
  properties: {
    id: { type: 'integer', minimum: 1 },
    state: { type: 'string', enum: ['APPROVED', 'REJECTED'] },
    note: { type: 'string', maxLength: 255 },
    lines: { type: 'array', items: { $ref: '#/schemas/Line' } },
    total: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['id', 'state'],
};
const line = { type: 'object', properties: { quantity: { type: 'integer' }, next: { $ref: '#/schemas/Line' } } };

type Change = (schema: typeof order) => object;
const property = (name: keyof typeof order.properties, schema: object) => (of: typeof order) => ({
  ...of,
  properties: { ...of.properties, [name]: schema },
});
const without = (name: keyof typeof order.properties) => (of: typeof order) => {
  const { [name]: _, ...properties } = of.properties;
  return { ...of, properties, required: of.required.filter((each) => each !== name) };
};
const requiring =
  (...required: string[]) =>
  (of: typeof order) => ({ ...of, required });

const sideOf = (schema: object, lines: object = line) => ({
  document: { schemas: { Order: schema, Line: lines } },
  schema: { $ref: '#/schemas/Order' },
});
const breaks = (change: Change, reader: Reader) => breaksIn(sideOf(order), sideOf(change(order)), reader);

const all: readonly Reader[] = ['program', 'client', 'any'];

describe('a change of a schema', () => {
  it.each<[string, Change, readonly Reader[], string]>([
    ['removes a property', without('note'), all, '/note'],
    ['requires a property', requiring('id', 'state', 'note'), ['program', 'any'], '/note'],
    ['no longer guarantees a property', requiring('id'), ['client', 'any'], '/state'],
    ['removes a value of an enum', property('state', { type: 'string', enum: ['APPROVED'] }), ['program', 'any'], '/state'],
    ['restricts a text to an enum', property('note', { type: 'string', maxLength: 255, enum: ['none'] }), ['program', 'any'], '/note'],
    ['changes a type', property('id', { type: 'string', minimum: 1 }), all, '/id'],
    ['allows null', property('note', { type: ['string', 'null'], maxLength: 255 }), ['client', 'any'], '/note'],
    ['drops a type', property('note', { maxLength: 255 }), ['client', 'any'], '/note'],
    ['widens an integer to a number', property('id', { type: 'number', minimum: 1 }), ['client', 'any'], '/id'],
    ['raises a minimum', property('id', { type: 'integer', minimum: 2 }), ['program', 'any'], '/id'],
    ['lowers a maximum length', property('note', { type: 'string', maxLength: 10 }), ['program', 'any'], '/note'],
    ['adds a pattern', property('note', { type: 'string', maxLength: 255, pattern: '^a' }), ['program', 'any'], '/note'],
    ['removes an alternative', property('total', { anyOf: [{ type: 'string' }] }), ['program', 'any'], '/total'],
    [
      'adds an alternative',
      property('total', { anyOf: [{ type: 'string' }, { type: 'null' }, { type: 'integer' }] }),
      ['client', 'any'],
      '/total',
    ],
  ])('that %s breaks its readers', (_, change, broken, at) => {
    for (const reader of all) expect(breaks(change, reader).map((each) => each.at)).toEqual(broken.includes(reader) ? [at] : []);
  });

  it('in the items of a list is found behind a reference, which may be circular', () => {
    const lines = { ...line, properties: { ...line.properties, quantity: { type: 'string' } } };
    expect(breaksIn(sideOf(order), sideOf(order, lines), 'any')).toEqual([
      { at: '/lines/*/quantity', problem: 'the type integer is no longer allowed' },
    ]);
  });

  it.each<[string, Change]>([
    ['a new optional property', (of) => ({ ...of, properties: { ...of.properties, tip: { type: 'string' } } })],
    ['a new value of an enum', property('state', { type: 'string', enum: ['APPROVED', 'REJECTED', 'CANCELLED'] })],
    ['another description', property('note', { type: 'string', maxLength: 255, description: 'for the courier' })],
  ])('that is compatible breaks no one: %s', (_, change) => {
    for (const reader of all) expect(breaks(change, reader)).toEqual([]);
  });
});
