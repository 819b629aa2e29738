import type { ClientBase } from 'pg';

/** An arbitrary number that no one else uses in this database: only one client at a time creates or upgrades the schema. */
export const schemaLock = 7_203_310_036;

/** Each one upgrades the schema to the next version. Released versions are never edited. */
const upgrades = [
  `
CREATE SCHEMA broker;
CREATE TABLE broker.schema_version (version integer NOT NULL);
INSERT INTO broker.schema_version VALUES (0);

CREATE TABLE broker.topic (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  partitions integer NOT NULL CHECK (partitions > 0),
  retention_ms bigint,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN broker.topic.retention_ms IS '-1: forever; NULL: the default of the broker';

CREATE TABLE broker.partition (
  topic_id integer NOT NULL REFERENCES broker.topic ON DELETE CASCADE,
  partition integer NOT NULL,
  first_offset bigint NOT NULL DEFAULT 0,
  next_offset bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 20);
COMMENT ON COLUMN broker.partition.next_offset IS 'assigned under the lock of this row, held until the commit: offsets have no gaps';

CREATE TABLE broker.record (
  topic_id integer NOT NULL,
  partition integer NOT NULL,
  record_offset bigint NOT NULL,
  written_at timestamptz NOT NULL,
  size integer NOT NULL,
  key bytea NOT NULL,
  value bytea NOT NULL,
  headers bytea NOT NULL,
  PRIMARY KEY (topic_id, partition, record_offset)
);
COMMENT ON COLUMN broker.record.headers IS 'for each header the length of its name (4 bytes), its name, the length of its value (4 bytes), its value';

CREATE TABLE broker.consumer_group (
  name text PRIMARY KEY,
  generation bigint NOT NULL DEFAULT 0
);
COMMENT ON COLUMN broker.consumer_group.generation IS 'increased with every change of members or their partitions';

CREATE TABLE broker.member (
  group_name text NOT NULL REFERENCES broker.consumer_group ON DELETE CASCADE,
  id text NOT NULL,
  topics text[] NOT NULL,
  lease_ms integer NOT NULL,
  lease_until timestamptz NOT NULL,
  PRIMARY KEY (group_name, id)
) WITH (fillfactor = 50);

CREATE TABLE broker.group_partition (
  group_name text NOT NULL REFERENCES broker.consumer_group ON DELETE CASCADE,
  topic_id integer NOT NULL REFERENCES broker.topic ON DELETE CASCADE,
  partition integer NOT NULL,
  next_offset bigint NOT NULL DEFAULT 0,
  has_place boolean NOT NULL DEFAULT false,
  owner text,
  generation bigint NOT NULL,
  PRIMARY KEY (group_name, topic_id, partition)
) WITH (fillfactor = 50);
COMMENT ON COLUMN broker.group_partition.generation IS 'the generation in which its owner took it; a commit with another one is rejected';
COMMENT ON COLUMN broker.group_partition.has_place IS 'false until the first commit';

-- Appends records to their partitions, which are sorted: two publishers lock them in one order and cannot deadlock. The records
-- lie in one buffer one after the other, each as key, value and headers.
CREATE FUNCTION broker.append(
  topic_ids integer[], partitions integer[], counts integer[],
  places integer[], numbers integer[], starts integer[], sizes integer[],
  key_bytes integer[], value_bytes integer[], header_bytes integer[], body bytea
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  firsts bigint[];
  first_of_these bigint;
BEGIN
  FOR i IN 1 .. cardinality(topic_ids) LOOP
    UPDATE broker.partition p SET next_offset = p.next_offset + counts[i]
      WHERE p.topic_id = topic_ids[i] AND p.partition = partitions[i]
      RETURNING p.next_offset - counts[i] INTO first_of_these;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'topic % has no partition %', topic_ids[i], partitions[i] USING ERRCODE = 'no_data_found';
    END IF;
    firsts[i] := first_of_these;
  END LOOP;
  INSERT INTO broker.record (topic_id, partition, record_offset, written_at, size, key, value, headers)
    SELECT topic_ids[r.place], partitions[r.place], firsts[r.place] + r.number, clock_timestamp(), r.size,
           substr(body, r.start + 1, r.k), substr(body, r.start + r.k + 1, r.v), substr(body, r.start + r.k + r.v + 1, r.h)
      FROM unnest(places, numbers, starts, sizes, key_bytes, value_bytes, header_bytes) AS r (place, number, start, size, k, v, h);
END $$;

-- Deletes records that are older than the retention of their topic, at most as many as at_most. Returns how many it
-- deleted. Publishers to a partition wait only from the update of its row to the commit.
CREATE FUNCTION broker.expire(default_retention_ms bigint, at_most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  expiring record;
  first_kept bigint;
  deleted bigint := 0;
BEGIN
  IF NOT pg_try_advisory_xact_lock(${schemaLock + 1}) THEN
    RETURN 0;
  END IF;
  FOR expiring IN
    SELECT p.topic_id, p.partition, p.first_offset, t.kept_since
      FROM (SELECT id, clock_timestamp() - least(retention, 3e12::bigint) * interval '1 millisecond' AS kept_since
              FROM (SELECT id, coalesce(retention_ms, default_retention_ms) AS retention FROM broker.topic) AS topics WHERE retention >= 0) t
      JOIN broker.partition p ON p.topic_id = t.id
      CROSS JOIN LATERAL (SELECT r.written_at FROM broker.record r
                            WHERE r.topic_id = p.topic_id AND r.partition = p.partition AND r.record_offset >= p.first_offset
                            ORDER BY r.record_offset LIMIT 1) oldest
      WHERE oldest.written_at < t.kept_since
      ORDER BY 1, 2
  LOOP
    SELECT coalesce(min(oldest.record_offset) FILTER (WHERE oldest.written_at >= expiring.kept_since), max(oldest.record_offset) + 1)
      INTO first_kept
      FROM (SELECT r.record_offset, r.written_at FROM broker.record r
              WHERE r.topic_id = expiring.topic_id AND r.partition = expiring.partition AND r.record_offset >= expiring.first_offset
              ORDER BY r.record_offset LIMIT at_most - deleted) oldest;
    DELETE FROM broker.record r
      WHERE r.topic_id = expiring.topic_id AND r.partition = expiring.partition AND r.record_offset < first_kept;
    UPDATE broker.partition p SET first_offset = first_kept
      WHERE p.topic_id = expiring.topic_id AND p.partition = expiring.partition;
    deleted := deleted + first_kept - expiring.first_offset;
    EXIT WHEN deleted >= at_most;
  END LOOP;
  RETURN deleted;
END $$;

-- Publishers lock the rows of partitions. These rows are deleted first, so that no record is written after the records are deleted.
CREATE FUNCTION broker.delete_topic(topic_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  deleted_id integer;
BEGIN
  SELECT t.id INTO deleted_id FROM broker.topic t WHERE t.name = topic_name FOR UPDATE;
  PERFORM 1 FROM broker.partition p WHERE p.topic_id = deleted_id ORDER BY p.partition FOR UPDATE;
  DELETE FROM broker.partition p WHERE p.topic_id = deleted_id;
  DELETE FROM broker.record r WHERE r.topic_id = deleted_id;
  DELETE FROM broker.topic t WHERE t.id = deleted_id;
END $$;
`,
] as const;

/** Creates or upgrades the schema. */
export async function ensureSchema(client: ClientBase): Promise<void> {
  if ((await versionOf(client)) === upgrades.length) return;
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
  const version = await versionOf(client);
  if (version > upgrades.length)
    throw new Error(
      `the schema "broker" has version ${version}, but this program only supports version ${upgrades.length}; upgrade this program`,
    );
  for (const upgrade of upgrades.slice(version)) await client.query(upgrade);
  await client.query('UPDATE broker.schema_version SET version = $1', [upgrades.length]);
  await client.query('COMMIT');
}

/** Not by to_regclass: after a wait in the same transaction, it would not see a schema that another process has created meanwhile. */
async function versionOf(client: ClientBase): Promise<number> {
  const { rowCount } = await client.query("SELECT FROM pg_tables WHERE schemaname = 'broker' AND tablename = 'schema_version'");
  if (rowCount === 0) return 0;
  const { rows: versions } = await client.query<{ version: number }>('SELECT version FROM broker.schema_version');
  return versions[0]?.version ?? 0;
}
