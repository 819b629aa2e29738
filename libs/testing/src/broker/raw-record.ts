/** A record as its bytes; what is undefined is null in Kafka, and empty on PostgreSQL. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  /** As its adapter writes it. */
  readonly position: string;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  readonly headers: ReadonlyMap<string, string>;
}

/** What is to be written; without a partition the key decides. */
export interface RecordToWrite {
  readonly topic: string;
  readonly partition?: number;
  readonly key?: Buffer;
  readonly value?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a record went. */
export interface WrittenRecord {
  readonly topic: string;
  readonly partition: number;
  /** As its adapter writes it. */
  readonly position: string;
}
