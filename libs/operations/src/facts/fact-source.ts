/** The ids after `after` up to `until`, at most `limit` of them, in ascending order. */
export interface FactRange {
  readonly after: number;
  readonly until: number;
  readonly limit: number;
}

/** What a service knows about one thing, such as an order. */
export interface Fact {
  /** The id by which all services know it. */
  readonly id: number;
}

/**
 * What a service knows about things that several services know, such as orders, so that they can be compared. A provider,
 * found by its class.
 */
export abstract class FactSource {
  /** The things that the facts are about, such as `orders`. */
  abstract readonly about: string;

  /** Reads in the open transaction, which is read-only and sees one snapshot. */
  abstract read(range: FactRange): Promise<readonly Fact[]>;
}
