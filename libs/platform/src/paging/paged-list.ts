import { z } from 'zod';
import { maxPageSize, startKeyParam } from '../http/request-fields.js';

/** The paging fields of a gRPC request: size 0 means the maximum, an empty token means the first page. */
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

/** The page token of a list ordered by id. It is opaque to clients, so its content may change. */
export const idCursor = <Id extends number>(side: 'after' | 'before', idOf: (value: number) => Id) => ({
  write: (id: Id): string => Buffer.from(`${side}:${id}`).toString('base64url'),
  /** Decodes a token returned by a client. */
  read: () =>
    startKeyParam().transform((text, context) => {
      const [, digits] = new RegExp(`^${side}:(\\d{1,16})$`).exec(Buffer.from(text, 'base64url').toString()) ?? [];
      const id = Number(digits);
      if (Number.isSafeInteger(id) && id > 0) return idOf(id);
      context.addIssue({ code: 'custom', message: 'is not a valid page token; use the one from the previous page', input: text });
      return z.NEVER;
    }),
});
