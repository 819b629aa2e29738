import type { Transactions } from '@ftgo/messaging';
import type { ReceivedRecord } from '@ftgo/messaging/broker';
import type { MessageProblem } from './message-problem.js';

export interface InboxCheckOptions {
  readonly transactions: Transactions;
  readonly group: string;
  /** The id under which the inbox remembers a record that the group handles; undefined: it does not handle it. */
  readonly inboxIdOf: (record: ReceivedRecord) => string | undefined;
  /** The inbox remembers messages from this time on. */
  readonly since: Date;
}

interface Unhandled {
  readonly id: string;
  readonly record: ReceivedRecord;
}

const mostKept = 10_000;

/** Finds messages in topics that their group has not handled. */
export class InboxCheck {
  /** Messages that the group handles. */
  received = 0;
  private unhandled: Unhandled[] = [];

  constructor(private readonly options: InboxCheckOptions) {}

  async take(records: readonly ReceivedRecord[]): Promise<void> {
    const expected = records.flatMap((record): Unhandled[] => {
      const id = this.options.inboxIdOf(record);
      return id !== undefined && this.isRemembered(id) ? [{ id, record }] : [];
    });
    this.received += expected.length;
    if (this.unhandled.length < mostKept) this.unhandled.push(...(await this.notInInbox(expected)));
  }

  /** Those that are still not handled. */
  async problems(): Promise<MessageProblem[]> {
    const { group } = this.options;
    this.unhandled = await this.notInInbox(this.unhandled);
    return this.unhandled.map(({ id, record: { topic, partition, position, headers } }) => ({
      kind: 'unhandled',
      id,
      what: `${group} has not handled this ${String(headers.get('ce_type') ?? 'record')} of ${topic}`,
      place: { topic, partition, position },
    }));
  }

  /** A UUIDv7 begins with its time; other ids have none, and are forgotten earlier or later. */
  private isRemembered(id: string): boolean {
    return id[14] === '7' && Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) >= this.options.since.getTime();
  }

  private async notInInbox(messages: readonly Unhandled[]): Promise<Unhandled[]> {
    if (messages.length === 0) return [];
    const { transactions, group } = this.options;
    const known = await transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ id: string }>({
        name: 'operations-inbox-check',
        text: `SELECT message_id::text AS id FROM inbox WHERE consumer_group = $1 AND message_id = ANY ($2::uuid[])
          UNION ALL SELECT message_id::text FROM struck_message WHERE message_id = ANY ($2::uuid[])`,
        values: [group, messages.map(({ id }) => id)],
      });
      return new Set(rows.map(({ id }) => id));
    });
    return messages.filter(({ id }) => !known.has(id));
  }
}
