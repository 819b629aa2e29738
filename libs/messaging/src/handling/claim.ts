import { blockedKeys, storedKey } from '../dead-letters/dead-letters.js';
import type { Transaction } from '../transaction/transactions.js';
import type { ReadRecord } from './decoder.js';
import type { Pipeline } from './pipeline.js';

/** What a batch may handle. */
export interface Claim {
  /** Ids that were neither claimed before nor struck out. */
  readonly fresh: Set<string>;
  /** Keys whose events must wait, as of `keyOf`. */
  readonly blocked: Set<string>;
}

/** Identifies the key of a record. Undefined: it has no key, and no order. */
export const keyOf = ({ record }: ReadRecord): string | undefined => storedKey(record)?.toString('latin1');

/**
 * Claims the messages of a batch in the inbox. Of events, it also finds those whose key is blocked by an earlier one, in the same
 * statement, so that the usual batch has one round trip.
 */
export async function claim(transaction: Transaction, pipeline: Pipeline, batch: readonly ReadRecord[]): Promise<Claim> {
  const { inbox, decoder } = pipeline;
  const ids = batch.map(({ id }) => id);
  const topic = batch[0]?.record.topic ?? '';
  if (decoder.kindOf(topic) !== 'event') return { fresh: await inbox.claim(transaction, ids), blocked: new Set() };
  const keys = [...new Map(batch.flatMap((read) => storedKey(read.record) ?? []).map((key) => [key.toString('latin1'), key])).values()];
  const claimed = await claimInOrder(transaction, { group: inbox.group, topic, ids, keys });
  if (claimed.fresh.size === ids.length) return claimed;
  // Another consumer may just have dead-lettered one of the duplicates: the statement waited for it, and did not see its effects.
  const blocked = await pipeline.deadLetters.blockedKeys(transaction, topic, keys);
  return { ...claimed, blocked: new Set(blocked.map((key) => key.toString('latin1'))) };
}

async function claimInOrder(
  transaction: Transaction,
  { group, topic, ids, keys }: { group: string; topic: string; ids: readonly string[]; keys: readonly Buffer[] },
): Promise<Claim> {
  const { rows } = await transaction.query<{ message_id: string | null; key: Buffer | null }>({
    name: 'messaging-inbox-claim-in-order',
    text: `WITH claimed AS (INSERT INTO inbox (consumer_group, message_id)
        SELECT $1, id FROM unnest($2::uuid[]) AS id WHERE NOT EXISTS (SELECT FROM struck_message WHERE message_id = id)
        ON CONFLICT DO NOTHING RETURNING message_id)
      SELECT message_id, NULL::bytea AS key FROM claimed UNION ALL SELECT NULL, blocked.key FROM (${blockedKeys('$1', '$3', '$4')}) blocked`,
    values: [group, ids, topic, keys],
  });
  return {
    fresh: new Set(rows.flatMap(({ message_id }) => message_id ?? [])),
    blocked: new Set(rows.flatMap(({ key }) => key?.toString('latin1') ?? [])),
  };
}
