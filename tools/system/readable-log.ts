const levels: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** Lines of a log as a person reads them: pino's JSON becomes time, level and message, anything else stays. */
export const readable = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line.startsWith('{') ? readableLine(line) : line))
    .join('\n');

interface PinoLine {
  readonly level?: number;
  readonly time?: number | string;
  readonly msg?: string;
  readonly context?: string;
  readonly err?: { readonly stack?: string; readonly message?: string };
}

function readableLine(line: string): string {
  try {
    const { level = 30, time, msg = '', context, err } = JSON.parse(line) as PinoLine;
    const at = time === undefined ? '' : new Date(time).toISOString().slice(11, 23);
    const cause = err ? `\n${err.stack ?? err.message ?? ''}` : '';
    return [at, (levels[level] ?? String(level)).padEnd(5), context ? `[${context}]` : '', msg].filter(Boolean).join(' ') + cause;
  } catch {
    return line;
  }
}
