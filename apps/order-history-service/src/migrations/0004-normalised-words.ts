import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from './0002-search-words.js';

/**
 * Words are compared under Unicode normalization form NFKC: é matches é whether written as one character or two, and ﬁ
 * matches fi. They are converted to upper case and back, because some lower-case letters share only their upper-case
 * form: ς and σ.
 */
export class NormalisedWords0000000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const { collation } = await dialectOf(runner);
    for (const statement of [searchWords(collation), ...againForRowsBeyondAscii]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('nothing to undo: older versions work with these tables');
  }
}

const searchWords = (collation: string) => `CREATE OR REPLACE FUNCTION search_words(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(upper(normalize($1, NFKC) COLLATE ${collation})), '[^[:alnum:]]+', ' ', 'g')`;

/** The words of a row are recomputed when one of the source columns is written. */
const againForRowsBeyondAscii = [
  `UPDATE order_view SET restaurant_name = restaurant_name
    WHERE octet_length(concat(restaurant_name, line_items)) <> length(concat(restaurant_name, line_items))`,
  'UPDATE restaurants SET name = name WHERE octet_length(name) <> length(name)',
];
