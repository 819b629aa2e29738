import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { databasesPage, tablesIn } from '../architecture/databases.js';
import { terminalPicture } from './terminal.js';

const folder = join(repository, 'docs', 'pictures');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');

describe.each(readdirSync(folder))('docs/pictures/%s', (file) => {
  const picture = readFileSync(join(folder, file), 'utf8');

  it('is shown in the README', () => expect(readme).toContain(`(docs/pictures/${file})`));

  it('is smaller than 200 kB', () => expect(picture.length).toBeLessThan(200_000));

  it('contains no path of the machine on which it was made', () => expect(picture).not.toMatch(/\/(home|root|Users|tmp|var)\//));
});

describe('a picture of a terminal', () => {
  const picture = terminalPicture('a <terminal>', [
    { atMs: 0, text: '$ npm start' },
    { atMs: 500, text: '✔ Postgres ready' },
    { atMs: 500, text: 'a & b' },
  ]);

  it('shows each line at the time when it was printed, and everything at the end', () => {
    expect(picture).toContain(
      '@keyframes t1 { 0%, 7.69% { opacity: 0 } 7.70%, 100% { opacity: 1 } } .t1 { animation: t1 6500ms step-end infinite }',
    );
    expect(picture.match(/class="t1 /g)).toHaveLength(2);
  });

  it('escapes what XML reserves', () => expect(picture).toMatch(/a &lt;terminal&gt;[^]*a &amp; b/));
});

describe('the diagram of a database', () => {
  it('has the tables, keys and references of its SQL', () => {
    const sql = `CREATE TABLE dishes (
  id bigint GENERATED ALWAYS AS IDENTITY,
  "time" timestamp with time zone DEFAULT now() NOT NULL,
  cook_id bigint,
  CONSTRAINT dishes_pkey PRIMARY KEY (id),
  CONSTRAINT dishes_cook_id_fkey FOREIGN KEY (cook_id) REFERENCES cooks(id)
);
`;
    const columns = [
      { name: 'id', type: 'bigint', keys: ['PK'] },
      { name: 'time', type: 'timestamptz', keys: [] },
      { name: 'cook_id', type: 'bigint', keys: ['FK'] },
    ];
    expect(tablesIn(sql)).toEqual([{ name: 'dishes', columns, references: [['cook_id', 'cooks']] }]);
  });

  it('is drawn for every database', async () => {
    const page = await databasesPage.draw(repository);
    const services = readdirSync(join(repository, 'docs', 'architecture', 'schema')).filter((file) => file.endsWith('.sql'));
    for (const file of services) expect(page).toContain(`[SQL](${file})`);
  });
});
