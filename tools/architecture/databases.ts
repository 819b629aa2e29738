import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Drawing, mermaid, page } from './drawing.js';

interface Column {
  readonly name: string;
  readonly type: string;
  /** PK, FK, UK or none. */
  readonly keys: readonly string[];
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Column and table of each foreign key. */
  readonly references: ReadonlyArray<readonly [column: string, table: string]>;
}

/** The tables of each database, from the schema reports in the same folder. */
export const databasesPage: Drawing = {
  file: 'docs/architecture/schema/README.md',
  draw: (root) => {
    const databases = globSync('docs/architecture/schema/*.sql', { cwd: root })
      .toSorted()
      .map((file) => ({ service: basename(file, '.sql'), tables: tablesIn(readFileSync(join(root, file), 'utf8')) }));
    const libraries = librariesOfTables(root);
    return page(
      'Databases',
      'The tables of each database: no service reads the tables of another.',
      'A solid line is a foreign key. A dotted line is a reference by id without one: what it refers to usually arrives as an event, and',
      'may not have arrived yet. The tables of the libraries, which most databases have, are [at the end](#tables-of-the-libraries).',
      '',
      ...databases.flatMap(({ service, tables }) => databaseSection(service, tables, libraries)),
      '## Tables of the libraries',
      '',
      ...[...new Set(libraries.values())].toSorted().flatMap((library) =>
        librarySection(
          library,
          uniqueByName(databases.flatMap(({ tables }) => tables)).filter(({ name }) => libraries.get(name) === library),
        ),
      ),
    );
  },
};

function databaseSection(service: string, tables: readonly Table[], libraries: ReadonlyMap<string, string>): string[] {
  const own = tables.filter(({ name }) => !libraries.has(name));
  const others = tables.filter(({ name }) => libraries.has(name)).map(({ name }) => `\`${name}\``);
  return [
    `## ${service}`,
    '',
    ...mermaid(
      'erDiagram',
      ...own.flatMap(drawTable),
      ...own.flatMap(drawForeignKeys),
      ...own.flatMap((table) => drawReferences(table, own)),
    ),
    '',
    `[SQL](${service}.sql) · also ${others.join(', ')}`,
    '',
  ];
}

const librarySection = (library: string, tables: readonly Table[]): string[] =>
  tables.length === 0
    ? []
    : [
        `### ${library}`,
        '',
        ...mermaid('erDiagram', '  direction LR', ...tables.flatMap(drawTable), ...tables.flatMap(drawForeignKeys)),
        '',
      ];

const drawTable = ({ name, columns }: Table): string[] => [
  `  ${name} {`,
  ...columns.map(({ name: column, type, keys }) => ['   ', type, column, keys.join(', ')].join(' ').trimEnd()),
  '  }',
];

const drawForeignKeys = ({ name, references }: Table): string[] =>
  references.map(([column, table]) => `  ${table} ||--o{ ${name} : ${column}`);

/** References by id that are not foreign keys. */
const drawReferences = ({ name, columns, references }: Table, tables: readonly Table[]): string[] =>
  columns.flatMap(({ name: column }) => {
    if (references.some(([declared]) => declared === column)) return [];
    const other = tables.find((table) => table.name !== name && isIdOf(column, table));
    return other ? [`  ${other.name} |o..o{ ${name} : ${column}`] : [];
  });

/** `courier_id` refers to couriers, and `order_id` to order_view, whose primary key it is. */
function isIdOf(column: string, { name, columns }: Table): boolean {
  const key = columns.filter(({ keys }) => keys.includes('PK'));
  const [, singular] = /^(.+)_id$/.exec(column) ?? [];
  if (key.length !== 1 || singular === undefined) return false;
  return key[0]?.name === column || [`${singular}s`, singular.replace(/y$/, 'ies')].includes(name);
}

/** Parses a schema report, as written by schema-report.ts. */
export const tablesIn = (sql: string): Table[] =>
  [...sql.matchAll(/^CREATE TABLE (\w+) \(\n(.*?)\n\)/gms)].map(([, name = '', body = '']) => {
    const lines = body.split('\n').map((line) => line.trim().replace(/,$/, ''));
    const constraints = lines.filter((line) => line.startsWith('CONSTRAINT '));
    const keyOf = (kind: string) => new Set(constraints.flatMap((line) => columnsIn(new RegExp(`${kind} \\((.*?)\\)`).exec(line)?.[1])));
    const kinds = { PK: keyOf('PRIMARY KEY'), FK: keyOf('FOREIGN KEY'), UK: keyOf('UNIQUE') };
    const references = constraints.flatMap((line) => {
      const [, columns, table] = /FOREIGN KEY \((.*?)\) REFERENCES (\w+)/.exec(line) ?? [];
      return table ? columnsIn(columns).map((column) => [column, table] as const) : [];
    });
    const columns = lines
      .filter((line) => !line.startsWith('CONSTRAINT '))
      .map((line) => {
        const [, column = '', type = ''] = /^"?(\w+)"? (.+?)(?: GENERATED .*| DEFAULT .*| NOT NULL)?$/.exec(line) ?? [];
        const keys = Object.entries(kinds).flatMap(([kind, named]) => (named.has(column) ? [kind] : []));
        return { name: column, type: type.replace('timestamp with time zone', 'timestamptz'), keys };
      });
    return { name, columns, references };
  });

const columnsIn = (list = ''): string[] => (list === '' ? [] : list.split(', ').map((name) => name.replaceAll('"', '')));

/** The library that creates each shared table. */
function librariesOfTables(root: string): Map<string, string> {
  const sources = globSync('libs/*/src/**/*.ts', { cwd: root }).toSorted();
  return new Map(
    sources.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(
        ([, table = '']) => [table, file.split('/').slice(0, 2).join('/')] as const,
      );
    }),
  );
}

const uniqueByName = (tables: readonly Table[]): Table[] => [...new Map(tables.map((table) => [table.name, table])).values()];
