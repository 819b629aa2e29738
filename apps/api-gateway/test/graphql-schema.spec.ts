import { readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges, lexicographicSortSchema, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../src/graphql/schema.js';

const read = (file: string) => buildSchema(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));

describe('the GraphQL schema', () => {
  it('breaks no client of the last release', () => {
    const breaking = findBreakingChanges(read('schema.baseline.graphql'), schema);
    expect(
      breaking.map(({ description }) => description),
      'deprecate instead: add a new field, and keep the old one with @deprecated',
    ).toEqual([]);
  });

  it('is what the gateway serves', () => {
    expect(printSchema(lexicographicSortSchema(schema))).toBe(printSchema(lexicographicSortSchema(read('schema.graphql'))));
  });

  it('would be reported as breaking if a field were removed, or an argument became mandatory', () => {
    const released = read('schema.baseline.graphql');
    const text = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
    const without = buildSchema(text.replace('  total: String!\n', ''));
    const mandatory = buildSchema(text.replace('expectedVersion: Int): Order!', 'expectedVersion: Int!): Order!'));
    expect(findBreakingChanges(released, without).map(({ type }) => type)).toEqual(['FIELD_REMOVED']);
    expect(findBreakingChanges(released, mandatory).map(({ type }) => type)).toEqual(['ARG_CHANGED_KIND']);
  });
});
