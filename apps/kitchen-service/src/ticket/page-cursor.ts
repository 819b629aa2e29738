import { type TicketId, ticketId } from '@ftgo/ftgo';
import { startKeyParam } from '@ftgo/platform';
import { z } from 'zod';

/** Where a list of tickets, newest first, goes on, as clients carry it: they need not know what is in it, so it may change. */
export const cursorOf = (after: TicketId): string => Buffer.from(`before:${after}`).toString('base64url');

/** A cursor that a client gives back. */
export const pageCursor = () =>
  startKeyParam().transform((text, context) => {
    const [, digits] = /^before:(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
    const after = Number(digits);
    if (Number.isSafeInteger(after) && after > 0) return ticketId(after);
    context.addIssue({ code: 'custom', message: 'is not a place in this list: take it from the page before', input: text });
    return z.NEVER;
  });
