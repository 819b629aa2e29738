import type { RoundResult } from './round.js';

export const problemsOf = ({
  lost,
  doubled,
  reordered,
  violations,
}: Pick<RoundResult, 'lost' | 'doubled' | 'reordered' | 'violations'>): readonly string[] => [
  ...lost.map((what) => `lost: ${what}`),
  ...doubled.map((what) => `duplicated: ${what}`),
  ...reordered.map((what) => `reordered: ${what}`),
  ...violations,
];

export const isClean = (result: RoundResult): boolean => problemsOf(result).length === 0;

const mostShown = 15;

/** The line of a round, followed by what it found. */
export function lineOf(result: RoundResult): string {
  const { seed, round, seconds, orders, faults } = result;
  const problems = problemsOf(result);
  const what = faults.map(({ target, name, detail, happened }) =>
    `${target} ${name} ${detail}${happened ? '' : ' (did not happen)'}`.trim(),
  );
  const verdict = problems.length === 0 ? 'clean' : `${problems.length} PROBLEMS`;
  const line = `seed ${seed} round ${round}: ${verdict}, ${seconds} s, ${orders} orders; ${what.join('; ')}`;
  const more = problems.length > mostShown ? [`and ${problems.length - mostShown} more`] : [];
  return [line, ...problems.slice(0, mostShown), ...more].join('\n  ');
}

export const replayOf = ({ seed, round, isDualWrite }: RoundResult): string =>
  `npm run test:crash -- --seed ${seed} --from ${round} --to ${round}${isDualWrite ? ' --dual-write' : ''}`;

/** The summary of all rounds. */
export function reportOf(results: readonly RoundResult[]): string {
  const sum = (count: (result: RoundResult) => number) => results.reduce((total, result) => total + count(result), 0);
  const faults = results.flatMap((result) => result.faults).filter(({ happened }) => happened);
  const byName = Map.groupBy(faults, ({ name }) => name);
  const rows = [...byName].toSorted(([a], [b]) => a.localeCompare(b)).map(([name, caused]) => rowOf(name, caused));
  const failed = results.filter((result) => !isClean(result));
  return [
    `${results.length} rounds, ${results.length - failed.length} clean, ${Math.round(sum(({ seconds }) => seconds))} s, ${sum(({ orders }) => orders)} orders`,
    `lost ${sum(({ lost }) => lost.length)}, duplicated ${sum(({ doubled }) => doubled.length)}, reordered ${sum(({ reordered }) => reordered.length)}, other violations ${sum(({ violations }) => violations.length)}`,
    ...rows,
    ...failed.map((result) => `failed: ${replayOf(result)}`),
  ].join('\n');
}

function rowOf(name: string, caused: ReadonlyArray<{ readonly target: string }>): string {
  const byTarget = [...Map.groupBy(caused, ({ target }) => target)].toSorted(([a], [b]) => a.localeCompare(b));
  return `  ${name}: ${caused.length} (${byTarget.map(([target, each]) => `${target} ${each.length}`).join(', ')})`;
}
