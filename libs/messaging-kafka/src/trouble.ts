const repeatTroubleMs = 10_000;

/** What goes on for long is told now and then, not at every try. */
export function notTooOften(tell: (what: string, error: Error) => void) {
  const toldAt = new Map<string, number>();
  return (what: string, error: Error) => {
    const now = performance.now();
    if (now - (toldAt.get(what) ?? Number.NEGATIVE_INFINITY) < repeatTroubleMs) return;
    if (toldAt.size > 1_000) toldAt.clear();
    toldAt.set(what, now);
    tell(what, error);
  };
}
