import type { Client } from 'pg';

/**
 * What decides which rows the relay receives from the log. The publication and the outbox can be changed at any time, and
 * PostgreSQL silently omits rows that were not published when they were written. On every heartbeat, the relay therefore
 * compares these facts with those for which its checkpoint was proved.
 */
export interface Facts {
  readonly publication: (Version & { readonly inserts: boolean; readonly viaRoot: boolean; readonly allTables: boolean }) | null;
  /** The tables and schemas of the publication. */
  readonly members: readonly (Version & { readonly isOutbox: boolean; readonly isPartial: boolean })[];
  readonly outbox: { readonly oid: number; readonly kind: string; readonly parent: string | null } | null;
  /** The tables with rows of the outbox that were rewritten or cannot be replicated. */
  readonly tables: readonly TableFacts[];
}

/** A row of a catalog. Every change gives it another xmin, even if it is reverted afterwards. */
interface Version {
  readonly oid: number;
  readonly xmin: string;
  /** The transaction that is changing the row, or failed to; 0 if there is none. */
  readonly xmax: string;
}

interface TableFacts {
  readonly name: string;
  readonly oid: number;
  readonly file: number;
  readonly kind: string;
  readonly persistence: string;
}

/**
 * An SQL expression for the facts, as jsonb. It reads the catalogs with the snapshot of its statement and locks no table,
 * so that it never waits for a migration.
 */
export const factsOf = (publication: string): string => `(
  WITH RECURSIVE outbox AS (
    SELECT oid, relkind, relnamespace, relispartition FROM pg_class WHERE oid = to_regclass('outbox')
  ), tree AS (
    SELECT oid FROM outbox UNION ALL SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON i.inhparent = t.oid
  ), publication AS (
    SELECT oid, xmin, xmax, pubinsert, pubviaroot, puballtables FROM pg_publication WHERE pubname = ${publication}
  ), member AS (
    SELECT r.oid, r.xmin, r.xmax, r.prrelid = (SELECT oid FROM outbox) AS is_outbox, r.prqual IS NOT NULL OR r.prattrs IS NOT NULL AS is_partial
      FROM pg_publication_rel r JOIN publication p ON p.oid = r.prpubid
    UNION ALL
    SELECT n.oid, n.xmin, n.xmax, n.pnnspid = (SELECT relnamespace FROM outbox), false
      FROM pg_publication_namespace n JOIN publication p ON p.oid = n.pnpubid
  )
  SELECT jsonb_build_object(
    'publication', (SELECT jsonb_build_object('oid', oid::bigint, 'xmin', xmin::text, 'xmax', xmax::text,
      'inserts', pubinsert, 'viaRoot', pubviaroot, 'allTables', puballtables) FROM publication),
    'members', (SELECT coalesce(jsonb_agg(jsonb_build_object('oid', oid::bigint, 'xmin', xmin::text, 'xmax', xmax::text,
      'isOutbox', coalesce(is_outbox, false), 'isPartial', is_partial) ORDER BY oid), '[]') FROM member),
    'outbox', (SELECT jsonb_build_object('oid', oid::bigint, 'kind', relkind,
      'parent', CASE WHEN relispartition THEN (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = outbox.oid LIMIT 1) END) FROM outbox),
    'tables', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', c.oid::regclass::text, 'oid', c.oid::bigint,
      'file', c.relfilenode::bigint, 'kind', c.relkind, 'persistence', c.relpersistence) ORDER BY c.oid), '[]')
      FROM tree JOIN pg_class c USING (oid)
      WHERE c.relkind <> 'p' AND (c.relkind <> 'r' OR c.relpersistence <> 'p' OR c.relfilenode <> c.oid))))`;

export async function readFacts(client: Client, publication: string): Promise<Facts> {
  const { rows } = await client.query<{ facts: Facts }>(`SELECT ${factsOf('$1')} AS facts`, [publication]);
  return (rows[0] as { facts: Facts }).facts;
}

/** The identity of the publication and the outbox, as stored with the checkpoint. */
export function proofOf({ publication, members, outbox, tables }: Facts): string {
  const version = ({ oid, xmin }: Version) => `${oid}/${xmin}`;
  const proof: Proof = {
    publication: publication ? [version(publication), ...members.map(version)].join(' ') : '',
    outbox: outbox?.oid ?? 0,
    rewritten: tables.map(({ oid, file }) => `${oid}/${file}`),
  };
  return JSON.stringify(proof);
}

interface Proof {
  readonly publication: string;
  readonly outbox: number;
  /**
   * Tables whose file is not the one with which they were created. Only a rewrite replaces it, such as SET UNLOGGED followed
   * by SET LOGGED: rows written in between are in the table but not in the log.
   */
  readonly rewritten: readonly string[];
  /** What published; undefined: a relay that reads the log. `slot`: another program, through the slot. */
  readonly source?: 'polling' | 'slot';
}

/** The proof of a polling relay, which does not depend on a publication. */
export function polledProof(outbox: number): string {
  const proof: Proof = { publication: '', outbox, rewritten: [], source: 'polling' };
  return JSON.stringify(proof);
}

/** What published when this was stored; undefined: a relay that reads the log, or unknown. */
export const publisherOf = (proof: string | undefined): Proof['source'] => parsed(proof ?? '')?.source;

/** What has changed since the proof was stored; undefined if it still holds. */
export function changeSince(proof: string, facts: Facts): string | undefined {
  const [before, now] = [parsed(proof), parsed(proofOf(facts)) as Proof];
  if (!before) return 'the stored facts about the publication and the outbox cannot be read';
  if (before.publication !== now.publication) return 'the publication was changed';
  if (before.outbox !== now.outbox) return 'the table outbox was replaced';
  const rewritten = now.rewritten.find((table) => !before.rewritten.includes(table));
  const name = facts.tables.find(({ oid, file }) => `${oid}/${file}` === rewritten)?.name;
  return rewritten === undefined ? undefined : `table ${name} of the outbox was rewritten`;
}

/** True if the log was written under this publication: it can be read, and contains every logged row of the outbox. */
export function isSamePublication(proof: string, facts: Facts): boolean {
  const [before, now] = [parsed(proof), parsed(proofOf(facts)) as Proof];
  return before?.publication === now.publication && before.outbox === now.outbox;
}

function parsed(proof: string): Proof | undefined {
  try {
    return JSON.parse(proof) as Proof;
  } catch {
    return undefined;
  }
}

/**
 * False while the publication may be changing. While a commit waits for a synchronous standby, it is in the log but not
 * visible to others: the log may already omit rows that the visible publication includes.
 */
export function isSettled({ publication, members }: Facts, snapshot: string): boolean {
  const oldestRunning = Number(snapshot.split(':', 1)[0]) % xids;
  const isOver = (xmax: number) => xmax === 0 || (xmax - oldestRunning + xids) % xids >= xids / 2;
  return [publication, ...members].every((version) => !version || isOver(Number(version.xmax)));
}

/** Xids have 32 bits and wrap around. */
const xids = 2 ** 32;

/** Reasons why the log lacks rows of the outbox or names them differently, each with the statement that repairs it. */
export function logProblems(facts: Facts, publication: string): string[] {
  return [...publicationProblems(facts, nameOf(publication)), ...tableProblems(facts)];
}

function publicationProblems({ publication: found, members, outbox }: Facts, name: string): string[] {
  const options = "publish = 'insert', publish_via_partition_root = true";
  if (!found) return [`publication ${name} does not exist: CREATE PUBLICATION ${name} FOR TABLE outbox WITH (${options})`];
  const problems: string[] = [];
  const outboxes = members.filter(({ isOutbox }) => isOutbox);
  if (outbox && outboxes.length === 0 && !found.allTables)
    problems.push(`publication ${name} does not include the table outbox: ALTER PUBLICATION ${name} ADD TABLE outbox`);
  if (outboxes.some(({ isPartial }) => isPartial))
    problems.push(
      `publication ${name} has a row filter or a column list for outbox: ALTER PUBLICATION ${name} DROP TABLE outbox; ALTER PUBLICATION ${name} ADD TABLE outbox`,
    );
  if (!found.inserts || !found.viaRoot)
    problems.push(`publication ${name} does not publish inserts into outbox under that name: ALTER PUBLICATION ${name} SET (${options})`);
  return problems;
}

function tableProblems({ outbox, tables }: Facts): string[] {
  const problems: string[] = [];
  if (!outbox) problems.push('table outbox does not exist: compare the schema with messagingSchema()');
  if (outbox && outbox.kind !== 'p' && outbox.kind !== 'r') problems.push('outbox is not a table: compare it with messagingSchema()');
  if (outbox?.parent) problems.push(`outbox is a partition of ${outbox.parent}: ALTER TABLE ${outbox.parent} DETACH PARTITION outbox`);
  for (const { name, kind, persistence } of tables) {
    if (kind !== 'r')
      problems.push(`${name} is a partition of outbox whose rows are not logged: ALTER TABLE outbox DETACH PARTITION ${name}`);
    else if (persistence !== 'p')
      problems.push(`table ${name} is UNLOGGED, so its rows are not in the log: ALTER TABLE ${name} SET LOGGED`);
  }
  return problems;
}

const nameOf = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
