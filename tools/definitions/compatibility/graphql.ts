import { buildSchema, findBreakingChanges } from 'graphql';
import type { Difference } from './schemas.js';

/** What breaks clients that were written for the released schema. */
export const breaksInGraphQL = (released: string, current: string): Difference[] =>
  findBreakingChanges(buildSchema(released), buildSchema(current)).map(({ type, description }) => ({ at: type, problem: description }));
