/** A record as it goes to the broker. Bytes only: nothing is parsed on the way. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: ReadonlyArray<readonly [name: Buffer, value: Buffer]>;
}

/** The record was refused for ever (too large, no right): sending it again cannot help. */
export class RecordRefused extends Error {
  constructor(
    message: string,
    readonly record: OutgoingRecord,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'RecordRefused';
  }
}

/** The broker could not be reached or could not answer now: try again later. */
export class BrokerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokerUnavailable';
  }
}

/** The topic is not there. Somebody must create it; until then it is an outage like any other. */
export class TopicMissing extends BrokerUnavailable {
  constructor(
    readonly topic: string,
    options?: ErrorOptions,
  ) {
    super(`there is no topic ${topic}`, options);
    this.name = 'TopicMissing';
  }
}
