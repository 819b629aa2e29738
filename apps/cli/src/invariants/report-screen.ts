import type { CheckedInvariant, Finding, Report } from '@ftgo/invariants';
import { table } from '../operator/words.js';

/** Maximum number of lines of a kind. */
const mostShown = 50;

/** What `invariants` prints. */
export const reportScreen = ({ checked, violations, inFlight, unknown, notes, counts }: Report): string =>
  [
    checkedTable(checked, unknown.length > 0),
    ...section('violated', violations.map(violationLine)),
    ...section(
      'in flight',
      inFlight.map(({ about, what }) => `${about}: ${what}`),
    ),
    ...section('not checked', unknown),
    ...section('notes', [...notes, ...repeatedNote(counts.repeated)]),
    '',
    summaryOf(violations.length, unknown.length),
  ].join('\n');

const checkedTable = (checked: readonly CheckedInvariant[], isPartial: boolean): string =>
  table(
    ['invariant', 'what must hold', 'compared', 'violated'],
    checked.map(({ invariant, description, compared, violations }) => [
      invariant,
      description,
      compared,
      violations > 0 ? String(violations) : isPartial ? 'none found' : 'none',
    ]),
    '',
  );

const violationLine = ({ invariant, about, what, see }: Finding): string => `${invariant}: ${about}: ${what}\n    npm run ftgo -- ${see}`;

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length - mostShown;
  return ['', title, ...lines.slice(0, mostShown).map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more; see --json`] : [])];
}

const repeatedNote = (repeated: number): string[] =>
  repeated > 0
    ? [
        `${repeated === 1 ? '1 message was' : `${repeated} messages were`} published more than once, as after a restart of the relay; consumers recognise duplicates`,
      ]
    : [];

function summaryOf(violations: number, unknown: number): string {
  if (violations > 0) return `${violations} ${violations === 1 ? 'violation' : 'violations'}`;
  return unknown > 0 ? 'no violation found, but not everything could be checked' : 'every invariant holds';
}
