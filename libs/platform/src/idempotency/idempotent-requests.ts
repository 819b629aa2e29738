import { createHash } from 'node:crypto';
import { type Transaction, Transactions } from '@ftgo/messaging';
import { callerId } from '../access/access.js';
import { IdempotencyKeyReused, RequestInProgress } from './idempotency.errors.js';
import { idempotencyKey } from './idempotency-key.js';

const retentionHours = 24;
/** Each request with a key deletes more expired keys than it adds. */
const prunedAtOnce = 10;

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

interface StoredAnswer {
  readonly requestHash: Buffer;
  readonly answer: unknown;
}

/**
 * Idempotent requests: the response is stored in the transaction of the effect, so that both exist or neither does, whenever
 * the process dies and however often a client retries.
 */
export class IdempotentRequests {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Runs `work` in a transaction. If this operation has succeeded before under this key, its first result is returned instead;
   * failures are not stored. The operation is the use case, however it is called. `request` is the validated input, which must
   * be the same on every retry.
   */
  once<Answer extends Json>(operation: string, request: object, work: () => Promise<Answer>): Promise<Answer> {
    const key = idempotencyKey.current;
    if (key === undefined) return this.transactions.run(work);
    const requestHash = hashOf(request);
    return this.transactions.run(async (transaction) => {
      const stored = await find(transaction, operation, key);
      if (stored && !stored.requestHash.equals(requestHash)) throw new IdempotencyKeyReused(key);
      if (stored) return stored.answer as Answer;
      const answer = await work();
      await store(transaction, { operation, key, requestHash, answer });
      return answer;
    });
  }
}

/** The lock ends with the transaction. It is taken first, so that the result of the previous holder is visible. */
async function find(transaction: Transaction, operation: string, key: string): Promise<StoredAnswer | undefined> {
  const lock = transaction.query<{ free: boolean }>({
    name: 'idempotency-lock',
    text: 'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS free',
    values: [JSON.stringify([callerId(), operation, key])],
  });
  const found = transaction.query<StoredAnswer>({
    name: 'idempotency-find',
    text: `SELECT request_hash AS "requestHash", answer FROM idempotency_key
      WHERE caller = $1 AND operation = $2 AND key = $3 AND created_at > now() - $4 * interval '1 hour'`,
    values: [callerId(), operation, key, retentionHours],
  });
  const [{ rows: locks }, { rows: stored }] = await Promise.all([lock, found]);
  if (!locks[0]?.free) throw new RequestInProgress(key);
  return stored[0];
}

interface Answered {
  readonly operation: string;
  readonly key: string;
  readonly requestHash: Buffer;
  readonly answer: unknown;
}

async function store(transaction: Transaction, { operation, key, requestHash, answer }: Answered): Promise<void> {
  const pruned = transaction.query({
    name: 'idempotency-prune',
    text: `DELETE FROM idempotency_key WHERE (caller, operation, key) IN (
      SELECT caller, operation, key FROM idempotency_key WHERE created_at <= now() - $1 * interval '1 hour'
      ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    values: [retentionHours, prunedAtOnce],
  });
  const inserted = transaction.query({
    name: 'idempotency-keep',
    text: `INSERT INTO idempotency_key (caller, operation, key, request_hash, answer) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (caller, operation, key)
      DO UPDATE SET request_hash = excluded.request_hash, answer = excluded.answer, created_at = now()`,
    values: [callerId(), operation, key, requestHash, JSON.stringify(answer)],
  });
  await Promise.all([pruned, inserted]);
}

/** Hashes the parsed request: the order of its properties and ignored properties do not matter. */
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
