import { wallClockMs } from '@ftgo/kernel';
import { header, headerText, type ReceivedRecord } from '@ftgo/messaging/broker';
import { PgClient, pgKeepAlive } from '@ftgo/messaging/postgres';

/** The outbox of a service, after its database was restored. */
interface Outbox {
  readonly client: PgClient;
  /** Every message of the service from this time on has a row. */
  readonly since: Date;
}

/** Whole days are dropped, once they are known to be published; the first messages of a day may be in a row of the day before. */
const since = `SELECT coalesce(least(
    (SELECT date_trunc('day', min(created_at), 'UTC') + interval '1 minute' FROM outbox),
    (SELECT max(updated_at) FROM relay_checkpoint)), to_timestamp(0)) AS since`;

/** The inbox knows for at least this long what was handled. */
const rememberedMs = 6 * 86_400_000;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What the services have sent, according to their restored databases. */
export class Outboxes {
  private constructor(private readonly outboxes: ReadonlyMap<string, Outbox>) {}

  /** @param databases the URL of each service's database, by the service's name */
  static async open(databases: ReadonlyMap<string, string>): Promise<Outboxes> {
    return new Outboxes(
      new Map(await Promise.all([...databases].map(async ([service, url]) => [service, await openOutbox(url)] as const))),
    );
  }

  /**
   * Those of these records of one topic that stay: what an outbox has, what is older than its rows, and what is of no service.
   * Commands and replies that may have been handled, but are no longer known to be, do not stay.
   */
  async keep(records: readonly ReceivedRecord[]): Promise<ReceivedRecord[]> {
    const oldest = records[0]?.topic.endsWith('.events') ? Number.NEGATIVE_INFINITY : wallClockMs() - rememberedMs;
    const lost = new Set<ReceivedRecord>();
    for (const [service, sent] of Map.groupBy(records, senderOf)) for (const record of await this.lostOf(service, sent)) lost.add(record);
    return records.filter((record) => !lost.has(record) && !(timeOf(record) < oldest));
  }

  /** Records that the topics have nothing that these databases lack, so that the relay accepts them. */
  async settle(): Promise<void> {
    for (const { client } of this.outboxes.values()) await client.query('UPDATE relay_checkpoint SET published_at = clock_timestamp()');
  }

  async close(): Promise<void> {
    await Promise.all([...this.outboxes.values()].map(({ client }) => client.end()));
  }

  private async lostOf(service: string, records: readonly ReceivedRecord[]): Promise<ReceivedRecord[]> {
    const outbox = this.outboxes.get(service);
    if (!outbox) return [];
    const inDoubt = records.filter((record) => !(timeOf(record) < outbox.since.getTime()));
    const ids = inDoubt.map((record) => headerText(record, header.id) ?? '').filter((id) => uuid.test(id));
    const { rows } = await outbox.client.query<{ id: string }>('SELECT id::text AS id FROM outbox WHERE id = ANY ($1::uuid[])', [ids]);
    const sent = new Set(rows.map(({ id }) => id));
    return inDoubt.filter((record) => !sent.has(headerText(record, header.id)?.toLowerCase() ?? ''));
  }
}

async function openOutbox(connectionString: string): Promise<Outbox> {
  const client = new PgClient({ connectionString, connectionTimeoutMillis: 5_000, ...pgKeepAlive });
  await client.connect();
  const { rows } = await client.query<{ since: Date }>(since);
  return { client, since: rows[0]?.since ?? new Date(0) };
}

/** `/order-service/orders/17` */
const senderOf = (record: ReceivedRecord): string => headerText(record, header.source)?.split('/', 2)[1] ?? '';

/** NaN, which compares as neither earlier nor later, if it has no valid time. */
const timeOf = (record: ReceivedRecord): number => new Date(headerText(record, header.time) ?? '').getTime();
