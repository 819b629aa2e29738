import { readFileSync } from 'node:fs';
import { buildSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../src/graphql/schema.js';

it('the GraphQL schema that the gateway serves is the file that clients read', () => {
  const file = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
  expect(printSchema(lexicographicSortSchema(schema))).toBe(printSchema(lexicographicSortSchema(buildSchema(file))));
});
