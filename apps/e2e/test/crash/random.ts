/** Random numbers that a seed determines: mulberry32. */
export class Random {
  private state: number;

  /** Each round of a seed has its own numbers, so that it can be replayed alone. */
  constructor(seed: number, round: number) {
    this.state = Math.imul(seed, 0x9e3779b1) ^ Math.imul(round, 0x85ebca6b);
  }

  /** At least 0, and less than 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `first` to `last`. */
  from(first: number, last: number): number {
    return first + Math.floor(this.next() * (last - first + 1));
  }

  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.from(0, items.length - 1)] as Item;
  }
}
