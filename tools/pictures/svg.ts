/** Text inside an SVG element. */
export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const sansSerif = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
export const monospaced = 'ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace';

/** A picture of this size; its own background keeps it legible on light and dark pages. */
export const svg = (width: number, height: number, title: string, ...content: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    ...content,
    '</svg>',
    '',
  ].join('\n');
