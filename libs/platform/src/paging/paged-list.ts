import { z } from 'zod';
import { maxPageSize, startKeyParam } from '../http/request-fields.js';

/** The fields of a gRPC request for a page of a list: size 0 is the largest, an empty token the beginning. */
export const pageFields = <Cursor extends z.ZodType<unknown, string>>(cursor: Cursor) => ({
  pageSize: z
    .int()
    .min(0)
    .transform((size) => Math.min(size || maxPageSize, maxPageSize)),
  pageToken: z
    .string()
    .transform((token) => token || undefined)
    .pipe(cursor.optional()),
});

/** Where a list that is ordered by id goes on, as clients carry it: its content is the service's own, so it may change. */
export const idCursor = <Id extends number>(side: 'after' | 'before', idOf: (value: number) => Id) => ({
  write: (id: Id): string => Buffer.from(`${side}:${id}`).toString('base64url'),
  /** A cursor that a client gives back. */
  read: () =>
    startKeyParam().transform((text, context) => {
      const [, digits] = new RegExp(`^${side}:(\\d{1,16})$`).exec(Buffer.from(text, 'base64url').toString()) ?? [];
      const id = Number(digits);
      if (Number.isSafeInteger(id) && id > 0) return idOf(id);
      context.addIssue({ code: 'custom', message: 'is not a place in this list: take it from the page before', input: text });
      return z.NEVER;
    }),
});
