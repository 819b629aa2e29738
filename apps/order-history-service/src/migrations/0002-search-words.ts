import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Words are separated by punctuation, and case does not matter. By default PostgreSQL parses Naan/Roti as a file path and
 * No.7 as a host, and whether É matches é depends on the locale of the cluster.
 */
export class SearchWords0000000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const { collation, redefine } = await dialectOf(runner);
    await runner.query(searchWords(collation));
    for (const [table, expression] of searched) await runner.query(`ALTER TABLE ${table} ${redefine(expression)}`);
  }

  async down(): Promise<void> {
    throw new Error('nothing to undo: older versions work with these tables');
  }
}

/** How words are folded on this server, and how to change the expression of a generated column. */
export async function dialectOf(runner: QueryRunner): Promise<Dialect> {
  const [server] = (await runner.query(`SELECT current_setting('server_version_num')::int AS version`)) as [{ version: number }];
  return server.version >= 170_000 ? builtIn : icu;
}

interface Dialect {
  readonly collation: string;
  readonly redefine: (expression: string) => string;
}

/** PostgreSQL 17 and later have this locale in every build. */
const builtIn: Dialect = {
  collation: 'pg_c_utf8',
  redefine: (expression: string) => `ALTER COLUMN search SET EXPRESSION AS (${expression})`,
};

const icu: Dialect = {
  collation: '"und-x-icu"',
  redefine: (expression: string) => `DROP COLUMN search, ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (${expression}) STORED`,
};

const searchWords = (collation: string) => `CREATE FUNCTION search_words(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower($1 COLLATE ${collation}), '[^[:alnum:]]+', ' ', 'g')`;

const searched = [
  // The names as JSON: escape sequences are not letters.
  [
    'order_view',
    String.raw`to_tsvector('simple', search_words(coalesce(restaurant_name, ''))) ||
    to_tsvector('simple', search_words(
      regexp_replace(jsonb_path_query_array(coalesce(line_items, '[]'), '$[*].name')::text, '\\(u....|.)', ' ', 'g')))`,
  ],
  ['restaurants', `to_tsvector('simple', search_words(name))`],
] as const;
