/** Returns a number from 0 to 1, without 1. */
export type Random = () => number;

/** A request, and when it is to be sent, in milliseconds from the start of the load. */
export interface Arrival<Kind> {
  readonly kind: Kind;
  readonly atMs: number;
}

/** Numbers that depend on the seed only, so that a load can be repeated (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const gapMs = {
  constant: (perSecond: number) => 1_000 / perSecond,
  poisson: (perSecond: number, random: Random) => (-Math.log(1 - random()) * 1_000) / perSecond,
};

/** Endless arrivals in the order of their times; each kind arrives at its own rate, independently of the others. */
export function* arrivals<Kind extends string>(
  perSecond: Readonly<Partial<Record<Kind, number>>>,
  pattern: keyof typeof gapMs,
  seed: number,
): Generator<Arrival<Kind>, undefined> {
  const rates = (Object.entries(perSecond) as Array<[Kind, number]>).filter(([, rate]) => rate > 0);
  const lanes = rates.map(([kind, rate], i) => {
    // Its own numbers: a different rate of one kind leaves the arrivals of the others as they are.
    const random = randomFrom(seed * 1_000 + i);
    const gap = () => gapMs[pattern](rate, random);
    return { kind, gap, nextMs: gap() };
  });
  while (lanes.length > 0) {
    const lane = lanes.reduce((first, other) => (other.nextMs < first.nextMs ? other : first));
    yield { kind: lane.kind, atMs: lane.nextMs };
    lane.nextMs += lane.gap();
  }
}
