import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from './0002-search-words.js';

/**
 * Words are compared as Unicode compares them (NFKC): é is é whether it was written as one character or as two, and ﬁ is fi.
 * To capitals and back, since some small letters have only their capital in common: ς and σ.
 */
export class NormalisedWords0000000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const { collation } = await dialectOf(runner);
    for (const statement of [searchWords(collation), ...againForRowsBeyondAscii]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('older versions work with these tables: nothing needs to be undone');
  }
}

const searchWords = (collation: string) => `CREATE OR REPLACE FUNCTION search_words(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(upper(normalize($1, NFKC) COLLATE ${collation})), '[^[:alnum:]]+', ' ', 'g')`;

/** The words of a row are computed again when one of the columns that they are made of is written. */
const againForRowsBeyondAscii = [
  `UPDATE order_view SET restaurant_name = restaurant_name
    WHERE octet_length(concat(restaurant_name, line_items)) <> length(concat(restaurant_name, line_items))`,
  'UPDATE restaurants SET name = name WHERE octet_length(name) <> length(name)',
];
