const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `'30s'`, `'2m'`, `'500ms'`, `'1h'`, or milliseconds. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`;

/** Converts to milliseconds; throws on anything that is not a positive duration. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return positive(duration, duration);
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration);
  return positive(Number(match?.[1]) * (unitMs[match?.[2] ?? ''] ?? Number.NaN), duration);
}

function positive(ms: number, written: Duration): number {
  if (Number.isFinite(ms) && ms >= 1) return Math.round(ms);
  throw new Error(`invalid duration '${written}': expected milliseconds, or text such as 30s, 2m or 500ms`);
}
