import { type OrderId, orderId } from '@ftgo/ftgo';
import { startKeyParam } from '@ftgo/platform';
import { z } from 'zod';

/** A position in the list of orders, newest first: the page starts after it. */
export interface Place {
  readonly createdAt: Date;
  readonly orderId: OrderId;
}

/** Where a list continues; opaque to clients, so the format can change. */
export const cursorOf = ({ createdAt, orderId: id }: Place): string =>
  Buffer.from(`after:${createdAt.getTime()}:${id}`).toString('base64url');

/** A cursor that a client sends back. */
export const pageCursor = () =>
  startKeyParam().transform((text, context) => {
    const [, time, digits] = /^after:(-?\d{1,15}):(\d{1,16})$/.exec(Buffer.from(text, 'base64url').toString()) ?? [];
    const [createdAt, id] = [new Date(Number(time)), Number(digits)];
    const year = createdAt.getUTCFullYear();
    if (year >= 1 && year <= 9999 && Number.isSafeInteger(id) && id > 0) return { createdAt, orderId: orderId(id) };
    context.addIssue({ code: 'custom', message: 'is not a valid page token; use the one from the previous page', input: text });
    return z.NEVER;
  });
