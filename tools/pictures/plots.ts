import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Drawing, mermaid } from '../architecture/drawing.js';

/** A bar for each row of a table. */
interface Plot {
  readonly title: string;
  /** The table is the first one that has both columns; the first names the bars, the second is drawn. */
  readonly columns: readonly [labels: string, values: string];
}

const plots: readonly Plot[] = [
  { title: 'Publishing a backlog, messages/s', columns: ['peer', 'middle 80 %, /s'] },
  { title: 'Memory of the relay while it publishes, MiB', columns: ['peer', 'peak memory, MiB'] },
  { title: 'From commit to receipt, p50, ms', columns: ['peer', 'p50, ms'] },
  { title: 'Exactly-once effects in PostgreSQL, messages/s', columns: ['method', 'messages/s, median'] },
  { title: 'One order, from POST, p50, ms', columns: ['from POST to', 'p50'] },
];

/** The plots in the README, from the tables of benchmarks/RESULTS.md. */
export const plotsInReadme: Drawing = {
  file: 'README.md',
  draw: (root) => {
    const tables = tablesIn(readFileSync(join(root, 'benchmarks', 'RESULTS.md'), 'utf8'));
    const drawn = plots.map((plot) => drawPlot(plot, tables).join('\n')).join('\n\n');
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    if (!block.test(readme)) throw new Error('cannot draw the plots: add <!-- plots --> and <!-- /plots --> to README.md');
    return readme.replace(block, () => `<!-- plots: written by npm run generate -->\n\n${drawn}\n\n<!-- /plots -->`);
  },
};

/** The labels have the values; an axis with numbers would not begin at 0. */
const size = {
  width: 860,
  titleFontSize: 16,
  yAxis: { showLabel: false, showTick: false, showAxisLine: false },
  xAxis: { showTick: false },
};
const colors = { plotColorPalette: '#1f6feb' };

const block = /<!-- plots.*?<!-- \/plots -->/s;

function drawPlot({ title, columns: [labels, values] }: Plot, tables: readonly Table[]): readonly string[] {
  const table = tables.find(({ header }) => header[0] === labels && header.includes(values));
  if (!table) throw new Error(`cannot draw "${title}": no table of benchmarks/RESULTS.md has the columns "${labels}" and "${values}"`);
  const at = table.header.indexOf(values);
  const bars = table.rows.map((row) => ({ label: row[0] ?? '', value: Number.parseFloat((row[at] ?? '').replaceAll(',', '')) }));
  return mermaid(
    `%%{init: ${JSON.stringify({ xyChart: { ...size, height: 46 + 36 * bars.length }, themeVariables: { xyChart: colors } })}}%%`,
    'xychart-beta horizontal',
    `  title "${title}"`,
    `  x-axis [${bars.map(({ label, value }) => `"${label}: ${value.toLocaleString('en')}"`).join(', ')}]`,
    `  y-axis 0 --> ${Math.max(...bars.map(({ value }) => value))}`,
    `  bar [${bars.map(({ value }) => value).join(', ')}]`,
  );
}

interface Table {
  readonly header: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
}

const tablesIn = (markdown: string): Table[] =>
  [...markdown.matchAll(/^\|.*\|\n\|[-:| ]+\|\n(?:\|.*\|\n)+/gm)].map(([text]) => {
    const [header = [], , ...rows] = text
      .trim()
      .split('\n')
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      );
    return { header, rows };
  });
