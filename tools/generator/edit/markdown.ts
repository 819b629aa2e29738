import { UserError } from '@ftgo/runner/errors';

/** Adds a row to the table below a heading, before the first row whose first cell is `before`, or at the end. */
export function addRow(text: string, heading: string, cells: readonly string[], before?: string): string {
  const lines = text.split('\n');
  const section = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  const table = lines.findIndex((line, i) => section >= 0 && i > section && /^\|[-|: ]+\|$/.test(line));
  if (table < 0) throw new UserError(`table below the heading '${heading}' not found`);
  const end = lines.findIndex((line, i) => i > table && !line.startsWith('|'));
  const found = lines.findIndex((line, i) => i > table && i < end && line.split('|')[1]?.trim() === before);
  const at = found < 0 ? end : found;
  return [...lines.slice(0, at), `|${cells.map((cell) => (cell ? ` ${cell} |` : ' |')).join('')}`, ...lines.slice(at)].join('\n');
}
