import { createHash } from 'node:crypto';
import { type Transaction, Transactions } from '@ftgo/messaging';
import { IdempotencyKeyReused, RequestInProgress } from './idempotency.errors.js';
import { idempotencyKey } from './idempotency-key.js';

/** Whoever asks: nobody has to say who they are yet. */
const caller = 'anonymous';

const keptForHours = 24;
/** Each request with a key clears away more than it leaves. */
const prunedAtOnce = 10;

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

interface Kept {
  readonly requestHash: Buffer;
  readonly answer: unknown;
}

/**
 * Requests that can be asked again: the answer is kept in the transaction of its effect, so that there are either both or
 * none, whenever a process dies and however often a client asks.
 */
export class IdempotentRequests {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Runs `work` in a transaction. With a key that has succeeded before for this operation, its first answer is given again;
   * a failure is not remembered. The operation is the use case, however it is called. `request` is what tells one request
   * from another: the input as it was validated.
   */
  once<Answer extends Json>(operation: string, request: object, work: () => Promise<Answer>): Promise<Answer> {
    const key = idempotencyKey.current;
    if (key === undefined) return this.transactions.run(work);
    const requestHash = hashOf(request);
    return this.transactions.run(async (transaction) => {
      const kept = await find(transaction, operation, key);
      if (kept && !kept.requestHash.equals(requestHash)) throw new IdempotencyKeyReused(key);
      if (kept) return kept.answer as Answer;
      const answer = await work();
      await keep(transaction, { operation, key, requestHash, answer });
      return answer;
    });
  }
}

/** The lock ends with the transaction. It comes first, so that the answer of whoever held it before is seen. */
async function find(transaction: Transaction, operation: string, key: string): Promise<Kept | undefined> {
  const lock = transaction.query<{ free: boolean }>({
    name: 'idempotency-lock',
    text: 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS free',
    values: [JSON.stringify([caller, operation, key])],
  });
  const found = transaction.query<Kept>({
    name: 'idempotency-find',
    text: `SELECT request_hash AS "requestHash", answer FROM idempotency_key
      WHERE caller = $1 AND operation = $2 AND key = $3 AND created_at > now() - $4 * interval '1 hour'`,
    values: [caller, operation, key, keptForHours],
  });
  const [{ rows: locks }, { rows: kept }] = await Promise.all([lock, found]);
  if (!locks[0]?.free) throw new RequestInProgress(key);
  return kept[0];
}

interface Answered {
  readonly operation: string;
  readonly key: string;
  readonly requestHash: Buffer;
  readonly answer: unknown;
}

async function keep(transaction: Transaction, { operation, key, requestHash, answer }: Answered): Promise<void> {
  const pruned = transaction.query({
    name: 'idempotency-prune',
    text: `DELETE FROM idempotency_key WHERE (caller, operation, key) IN (
      SELECT caller, operation, key FROM idempotency_key WHERE created_at <= now() - $1 * interval '1 hour'
      ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    values: [keptForHours, prunedAtOnce],
  });
  const kept = transaction.query({
    name: 'idempotency-keep',
    text: `INSERT INTO idempotency_key (caller, operation, key, request_hash, answer) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (caller, operation, key)
      DO UPDATE SET request_hash = excluded.request_hash, answer = excluded.answer, created_at = now()`,
    values: [caller, operation, key, requestHash, JSON.stringify(answer)],
  });
  await Promise.all([pruned, kept]);
}

/** Of the request as it was understood: the order of its properties does not matter, nor what was ignored in it. */
const hashOf = (request: object): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(sorted(toPlain(request))))
    .digest();

const toPlain = (value: object): unknown => JSON.parse(JSON.stringify(value));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, sorted(each)]));
}
