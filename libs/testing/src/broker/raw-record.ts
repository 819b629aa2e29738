/** A record as bytes; undefined is null in Kafka, and empty on PostgreSQL. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  /** In the form of the broker's adapter. */
  readonly position: string;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

/** A record to write; without a partition, the key decides. */
export interface RecordToWrite {
  readonly topic: string;
  readonly partition?: number;
  readonly key?: Buffer;
  readonly value?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The place of a written record. */
export interface WrittenRecord {
  readonly topic: string;
  readonly partition: number;
  /** In the form of the broker's adapter. */
  readonly position: string;
}
