import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Words are what is between signs, and case does not matter. Left to itself Postgres reads Naan/Roti as the path of a file
 * and No.7 as a host, and whether É is é depends on how its cluster was made.
 */
export class SearchWords0000000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('older versions work with these tables: nothing needs to be undone');
  }
}

const statements = [
  `CREATE FUNCTION search_words(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower($1 COLLATE pg_c_utf8), '[^[:alnum:]]+', ' ', 'g')`,
  // The names as JSON: what is escaped in it is no letter.
  String.raw`ALTER TABLE order_view ALTER COLUMN search SET EXPRESSION AS (
    to_tsvector('simple', search_words(coalesce(restaurant_name, ''))) ||
    to_tsvector('simple', search_words(
      regexp_replace(jsonb_path_query_array(coalesce(line_items, '[]'), '$[*].name')::text, '\\(u....|.)', ' ', 'g')))
  )`,
  `ALTER TABLE restaurants ALTER COLUMN search SET EXPRESSION AS (to_tsvector('simple', search_words(name)))`,
];
