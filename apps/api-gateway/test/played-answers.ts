import { DomainError } from '@ftgo/kernel';
import { messageContext } from '@ftgo/messaging';
import { InvalidRequest, idempotencyKey } from '@ftgo/platform';

/** The requests that reached the services, newest last. */
export const received: {
  request: unknown;
  correlationId: string;
  traceparent: string | undefined;
  tracestate: string | undefined;
  idempotencyKey: string | undefined;
}[] = [];

export function note<Answer>(request: unknown, answer: Answer): Promise<Answer> {
  const { correlationId, traceparent, tracestate } = messageContext.current();
  received.push({ request, correlationId, traceparent, tracestate, idempotencyKey: idempotencyKey.current });
  return Promise.resolve(answer);
}

export const at = (minute: string) => new Date(`2026-11-21T${minute}:00Z`);

export const notFound = (what: string, id: number) =>
  new DomainError(`${what.toUpperCase()}_NOT_FOUND`, 'not-found', `${what} ${id} not found`);

export function found<T>(what: string, id: number, ...known: ReadonlyArray<readonly [number, T]>): T {
  const hit = known.find(([each]) => each === id);
  if (!hit) throw notFound(what, id);
  return hit[1];
}

export function rejectBroken(pageToken: string): void {
  if (pageToken === 'broken') throw new InvalidRequest([{ pointer: '/pageToken', detail: 'is not a valid page token' }]);
}

/** Returns no response until this many requests have arrived. */
function meeting(of: number): () => Promise<void> {
  const complete = Promise.withResolvers<void>();
  let came = 0;
  return () => {
    came += 1;
    if (came === of) complete.resolve();
    return complete.promise;
  };
}

/** Order, Kitchen, Delivery and Accounting respond by order id, Restaurant and Consumer by the ids that they know. */
export const asked = { byTheOrder: meeting(4), whoTheOrderNames: meeting(2) };

/** The batch gets that reached the services, newest last: what was asked for, and the ids. */
export const batches: Array<readonly [what: string, ids: readonly number[]]> = [];
