import { nonEmptyText, wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';

export const aboutParam = nonEmptyText().meta({ example: 'orders' });

export const factsQuery = z.object({
  after: wholeNumberParam(0).default(0).describe('only ids after this one'),
  until: wholeNumberParam(0).default(Number.MAX_SAFE_INTEGER).describe('only ids up to this one'),
  limit: wholeNumberParam(1, 1_000).default(500),
});

export const knownFactsResponse = z
  .object({ about: z.array(z.string()).describe('what the service has facts about') })
  .meta({ id: 'KnownFacts', example: { about: ['orders', 'restaurants'] } });

export const factsResponse = z
  .object({
    facts: z.array(z.looseObject({ id: z.int() })).describe('what the service knows, as of one moment, ordered by id'),
    next: z.int().optional().describe('the last id of this page, if there may be more: `after` in the request for the next page'),
  })
  .meta({ id: 'Facts', example: { facts: [{ id: 1, restaurant: { version: 1 } }] } });
