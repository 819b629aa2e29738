import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Words are what is between signs, and case does not matter. Left to itself Postgres reads Naan/Roti as the path of a file
 * and No.7 as a host, and whether É is é depends on how its cluster was made.
 */
export class SearchWords0000000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const { collation, redefine } = await dialectOf(runner);
    await runner.query(searchWords(collation));
    for (const [table, expression] of searched) await runner.query(`ALTER TABLE ${table} ${redefine(expression)}`);
  }

  async down(): Promise<void> {
    throw new Error('older versions work with these tables: nothing needs to be undone');
  }
}

/** How words are folded here, and how a generated column is given another expression. */
export async function dialectOf(runner: QueryRunner): Promise<Dialect> {
  const [server] = (await runner.query(`SELECT current_setting('server_version_num')::int AS version`)) as [{ version: number }];
  return server.version >= 170_000 ? builtIn : icu;
}

interface Dialect {
  readonly collation: string;
  readonly redefine: (expression: string) => string;
}

/** From PostgreSQL 17 on, whatever the server was built with. */
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
  // The names as JSON: what is escaped in it is no letter.
  [
    'order_view',
    String.raw`to_tsvector('simple', search_words(coalesce(restaurant_name, ''))) ||
    to_tsvector('simple', search_words(
      regexp_replace(jsonb_path_query_array(coalesce(line_items, '[]'), '$[*].name')::text, '\\(u....|.)', ' ', 'g')))`,
  ],
  ['restaurants', `to_tsvector('simple', search_words(name))`],
] as const;
