const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text as HTML. */
export const html = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character] as string);

/** A description as HTML: what is in backticks is code. */
export const prose = (text: string): string => html(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

export const row = (...cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

export const table = (head: readonly string[], rows: readonly string[]): string =>
  [`<table>`, `<tr>${head.map((cell) => `<th>${html(cell)}</th>`).join('')}</tr>`, ...rows, '</table>'].join('\n');

/** A page that needs nothing but itself. */
export const page = (title: string, parts: readonly string[]): string => `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>${html(title)}</title>
  <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
    table { border-collapse: collapse }
    th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 1rem 0.25rem 0; text-align: left; vertical-align: top }
  </style>
</head>
<body>
<h1>${html(title)}</h1>
${parts.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
