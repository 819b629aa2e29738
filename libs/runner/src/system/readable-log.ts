const levels: Record<number, string> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };

/** Formats log lines for people: pino's JSON becomes time, level, message and fields; other lines are unchanged. */
export const readable = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line.startsWith('{') ? readableLine(line) : line))
    .join('\n');

interface PinoLine {
  readonly level?: number | string;
  readonly time?: number | string;
  readonly msg?: string;
  readonly context?: string;
  readonly err?: { readonly stack?: string; readonly message?: string };
  readonly [field: string]: unknown;
}

function readableLine(line: string): string {
  try {
    const {
      level = 'info',
      time,
      msg = '',
      context,
      err,
      service: _service,
      pid: _pid,
      hostname: _hostname,
      ...fields
    } = JSON.parse(line) as PinoLine;
    const at = time === undefined ? '' : new Date(time).toISOString().slice(11, 23);
    const levelName = typeof level === 'number' ? (levels[level] ?? String(level)) : level;
    const details = withoutRepeatedIds(Object.entries(fields)).map(
      ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    const cause = err ? `\n${err.stack ?? err.message ?? ''}` : '';
    return [at, levelName.padEnd(5), context ? `[${context}]` : '', msg, ...details].filter(Boolean).join(' ') + cause;
  } catch {
    return line;
  }
}

/** A request without a cause has one id as request, causation and correlation id: it is shown once, under the first name. */
function withoutRepeatedIds(fields: ReadonlyArray<readonly [name: string, value: unknown]>) {
  const firstNames = new Map(fields.toReversed().map(([name, value]) => [value, name]));
  return fields.filter(([name, value]) => !name.endsWith('Id') || firstNames.get(value) === name);
}
