// The statements of consumer groups. The rows of a group's partitions are locked in key order, to avoid deadlocks.

/**
 * Condition for members whose lease has expired. A lease that ends later than possible was granted before the clock was set
 * back.
 */
const isExpired = `NOT lease_until BETWEEN clock_timestamp() AND clock_timestamp() + 2 * lease_ms * interval '1 millisecond'`;

const topicIdsOf = (names: string) =>
  `(SELECT coalesce(string_agg(t.id::text, ',' ORDER BY t.id), '') FROM broker.topic t WHERE t.name = ANY(${names}::text[]))`;

export const beat = {
  name: 'beat',
  text: `
WITH renewed AS (
  UPDATE broker.member SET lease_until = clock_timestamp() + $3::integer * interval '1 millisecond' WHERE group_name = $1 AND id = $2 RETURNING 1
)
SELECT EXISTS (SELECT FROM renewed),
       (SELECT generation FROM broker.consumer_group WHERE name = $1),
       EXISTS (SELECT FROM broker.member WHERE group_name = $1 AND id <> $2 AND ${isExpired}),
       ${topicIdsOf('$4')}`,
};

export const topicIds = { name: 'topic ids', text: `SELECT ${topicIdsOf('$1')}` };

export const createGroup = { name: 'create group', text: 'INSERT INTO broker.consumer_group (name) VALUES ($1) ON CONFLICT DO NOTHING' };

export const lockGroup = { name: 'lock group', text: 'SELECT generation FROM broker.consumer_group WHERE name = $1 FOR UPDATE' };

/** True for a new member. */
export const join = {
  name: 'join',
  text: `
INSERT INTO broker.member (group_name, id, topics, lease_ms, lease_until)
  VALUES ($1, $2, $3, $4, clock_timestamp() + $4::integer * interval '1 millisecond')
  ON CONFLICT (group_name, id) DO UPDATE SET lease_until = excluded.lease_until
  RETURNING xmax = 0`,
};

export const expel = { name: 'expel', text: `DELETE FROM broker.member WHERE group_name = $1 AND id <> $2 AND ${isExpired} RETURNING 1` };

export const leave = { name: 'leave', text: 'DELETE FROM broker.member WHERE group_name = $1 AND id = $2' };

export const members = { name: 'members', text: 'SELECT id, topics FROM broker.member WHERE group_name = $1' };

export const partitions = {
  name: 'partitions',
  text: `
SELECT t.name, t.id, p.partition, g.owner, g.generation, g.next_offset, g.has_place
  FROM broker.topic t
  JOIN broker.partition p ON p.topic_id = t.id
  LEFT JOIN broker.group_partition g ON g.group_name = $1 AND g.topic_id = t.id AND g.partition = p.partition
  WHERE t.name = ANY($2::text[])`,
};

export const take = {
  name: 'take',
  text: `
INSERT INTO broker.group_partition (group_name, topic_id, partition, owner, generation)
  SELECT $1::text, *, $2::text, $5::bigint FROM unnest($3::integer[], $4::integer[]) ORDER BY 2, 3
  ON CONFLICT (group_name, topic_id, partition) DO UPDATE SET owner = excluded.owner, generation = excluded.generation`,
};

/** Those of these partitions ($3, $4) that the member ($2) has owned since these generations ($5). */
const lockOwned = `
  SELECT g.group_name, g.topic_id, g.partition FROM broker.group_partition g
    WHERE g.group_name = $1 AND g.owner = $2
      AND (g.topic_id, g.partition, g.generation) IN (SELECT * FROM unnest($3::integer[], $4::integer[], $5::bigint[]))
    ORDER BY g.topic_id, g.partition FOR UPDATE`;

export const commit = {
  name: 'commit offsets',
  text: `
WITH owned AS MATERIALIZED (${lockOwned})
UPDATE broker.group_partition g SET next_offset = c.next_offset, has_place = true
  FROM owned o
  JOIN unnest($3::integer[], $4::integer[], $5::bigint[], $6::bigint[]) AS c (topic_id, partition, generation, next_offset)
    ON c.topic_id = o.topic_id AND c.partition = o.partition
  WHERE g.group_name = o.group_name AND g.topic_id = o.topic_id AND g.partition = o.partition
  RETURNING g.topic_id, g.partition`,
};

export const release = {
  name: 'release',
  text: `
WITH owned AS MATERIALIZED (${lockOwned})
UPDATE broker.group_partition g SET owner = NULL
  FROM owned o WHERE g.group_name = o.group_name AND g.topic_id = o.topic_id AND g.partition = o.partition
  RETURNING 1`,
};

export const releaseOfAbsent = {
  name: 'release of absent',
  text: `
WITH orphaned AS MATERIALIZED (
  SELECT g.group_name, g.topic_id, g.partition FROM broker.group_partition g
    WHERE g.group_name = $1 AND g.owner IS NOT NULL
      AND NOT EXISTS (SELECT FROM broker.member m WHERE m.group_name = $1 AND m.id = g.owner)
    ORDER BY g.topic_id, g.partition FOR UPDATE
)
UPDATE broker.group_partition g SET owner = NULL
  FROM orphaned o WHERE g.group_name = o.group_name AND g.topic_id = o.topic_id AND g.partition = o.partition
  RETURNING 1`,
};

export const nextGeneration = {
  name: 'next generation',
  text: `
WITH changed AS (UPDATE broker.consumer_group SET generation = $2 WHERE name = $1 RETURNING 1)
SELECT pg_notify($3, $4) FROM changed`,
};
