import { mostCounted } from '@ftgo/messaging/operations';
import { UserError } from '@ftgo/runner/errors';
import { plain } from '@ftgo/runner/table-style';
import Table from 'cli-table3';

/** A plain table, or `whenEmpty` if there are no rows. */
export function table(head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>, whenEmpty: string): string {
  if (rows.length === 0) return whenEmpty;
  const lines = new Table({ ...plain, style: { ...plain.style, 'padding-left': 0 }, head: [...head] });
  for (const row of rows) lines.push([...row]);
  return lines.toString().replaceAll(/ +$/gm, '');
}

/** Names and values, one pair per line. */
export function fields(pairs: ReadonlyArray<readonly [string, string]>): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** UTC, to the millisecond. */
export const moment = (at: Date): string => at.toISOString().replace('T', ' ').replace('Z', '');

/** `12 s`, `3 min`, `2 h`, `5 days` */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const since = (at: Date, now: Date): string => `${moment(at)} (${span(now.getTime() - at.getTime())} ago)`;

/** A number of unpublished messages. */
export function countOf(unpublished: number | undefined): string {
  if (unpublished === undefined) return 'an unknown number of messages';
  if (unpublished >= mostCounted) return `${mostCounted} messages or more`;
  return unpublished === 1 ? '1 message' : `${unpublished} messages`;
}

/** Shortens a text to one line. */
export function brief(text: string, length = 100): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

/** The id of an order or a consumer. */
export function idIn(text: string, what: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number;
  throw new UserError(`invalid ${what} id '${text}': expected a positive integer`);
}

/** A command of this CLI as a shell command. */
export const command = (args: string): string => `npm run ftgo -- ${args}`;

/** Signs an operator in. */
export const signIn = command('login');

/** An act to be performed once its cause is repaired, as a comment to the command that shows the cause. */
export const afterTheFix = (act: string): string => `   # once the cause is fixed: ${command(`${act} --reason '…'`)}`;

/** The command that starts a process; `isOurs`: npm start runs it. Elsewhere it is unknown what runs the containers. */
export const startOf = (name: string, isOurs: boolean): string =>
  isOurs ? command(`start ${name}`) : `docker-compose start ${name}   # on a cluster: kubectl -n ftgo rollout restart deployment/${name}`;

/** The command that shows the log of a process. */
export const logsOf = (name: string, isOurs: boolean): string =>
  isOurs
    ? command(`logs ${name} -n 5000`)
    : `docker-compose logs --no-color ${name}   # on a cluster: kubectl -n ftgo logs deployment/${name}`;
