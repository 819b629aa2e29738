import type { ReceivedRecord } from '@ftgo/messaging/broker';
import type { Connection } from './connection.js';
import { decodeHeaders } from './headers.js';

/** A partition, and the records requested from it. */
export interface Wanted {
  readonly topic: string;
  readonly topicId: number;
  readonly partition: number;
  readonly from: number;
  /** Limit for the bytes of the returned records; at least one record is returned, unless it is 0. */
  readonly bytes: number;
  readonly rows: number;
  /** The value of a larger record is not fetched. */
  readonly largest: number;
}

export interface Fetched {
  /** The oldest record that has not been deleted; the next offset if there is none. */
  readonly first: number;
  /** The offset of the next record to be appended. */
  readonly end: number;
  readonly records: readonly { readonly record: ReceivedRecord; readonly bytes: number; readonly offset: number }[];
}

const fetchStatement = {
  name: 'fetch',
  text: `
SELECT w.i, p.first_offset, p.next_offset, r.record_offset, r.size, r.key, r.value, r.headers
  FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::integer[], $5::integer[], $6::integer[])
       WITH ORDINALITY AS w (topic_id, partition, first, bytes, rows, largest, i)
  JOIN broker.partition p ON p.topic_id = w.topic_id AND p.partition = w.partition
  LEFT JOIN LATERAL (
    SELECT * FROM (
      SELECT n.record_offset, n.size, n.key, n.headers, CASE WHEN n.size <= w.largest THEN n.value END AS value,
             sum(least(n.size, w.largest)) OVER (ORDER BY n.record_offset ROWS UNBOUNDED PRECEDING) - least(n.size, w.largest) AS bytes_before
        FROM (SELECT * FROM broker.record c
                WHERE c.topic_id = w.topic_id AND c.partition = w.partition AND c.record_offset >= w.first
                ORDER BY c.record_offset LIMIT w.rows) n
    ) counted WHERE counted.bytes_before < w.bytes
  ) r ON true`,
};

type FetchedRow = [
  place: string,
  first: string,
  end: string,
  offset: string | null,
  size: number,
  key: Buffer,
  value: Buffer | null,
  headers: Buffer,
];

/** Fetches from several partitions in one statement. One that does not exist has no entry. */
export async function fetchRecords(connection: Connection, wanted: readonly Wanted[]): Promise<Map<Wanted, Fetched>> {
  const column = (value: (one: Wanted) => number) => wanted.map(value);
  const rows = (await connection.query(fetchStatement, [
    column(({ topicId }) => topicId),
    column(({ partition }) => partition),
    column(({ from }) => from),
    column(({ bytes }) => bytes),
    column(({ rows }) => rows),
    column(({ largest }) => largest),
  ])) as unknown as FetchedRow[];
  const found = Map.groupBy(rows, ([place]) => wanted[Number(place) - 1] as Wanted);
  return new Map([...found].map(([of, its]) => [of, fetchedOf(of, its)]));
}

function fetchedOf(wanted: Wanted, rows: readonly FetchedRow[]): Fetched {
  const [[, first, end]] = rows as [FetchedRow];
  const records = rows.flatMap((row) => {
    const [, , , offset, size] = row;
    if (offset === null) return [];
    return [{ record: recordOf(wanted, row), bytes: Math.min(size, wanted.largest), offset: Number(offset) }];
  });
  return { first: Number(first), end: Number(end), records: records.toSorted((a, b) => a.offset - b.offset) };
}

function recordOf({ topic, partition, largest }: Wanted, [, , , position, size, key, value, headers]: FetchedRow): ReceivedRecord {
  const record = { topic, partition, position: position as string, key, headers: decodeHeaders(headers) };
  if (value !== null) return { ...record, value };
  const reason = `the record has ${size} bytes; the limit is ${largest}`;
  return { ...record, value: undefined, leftInLog: { bytes: size, reason } };
}
