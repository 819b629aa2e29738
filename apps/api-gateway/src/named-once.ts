import type { z } from 'zod';

/** Refuses a list in which two items have the same value under `key`; each repetition is a problem. */
export const namedOnce =
  <Key extends string>(key: Key, problem: string) =>
  (items: ReadonlyArray<Record<Key, unknown>>, context: z.core.$RefinementCtx): void => {
    const seen = new Set<unknown>();
    for (const [i, { [key]: value }] of items.entries()) {
      if (seen.has(value)) context.issues.push({ code: 'custom', path: [i, key], message: problem, input: value });
      seen.add(value);
    }
  };
