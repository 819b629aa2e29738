/** A record in the form in which it is sent. Bytes only: nothing is parsed on the way. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: ReadonlyArray<readonly [name: Buffer, value: Buffer]>;
}

/** The broker rejects the record permanently (too large, invalid): a retry cannot help. */
export class RecordRejected extends Error {
  constructor(
    message: string,
    readonly record: OutgoingRecord,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'RecordRejected';
  }
}

/** The broker is unreachable or cannot respond at the moment: retry later. */
export class BrokerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokerUnavailable';
  }
}

/**
 * The broker rejects the connection or the request because of a certificate, credentials or a missing permission. An operator
 * has to correct the configuration; until then, this is an outage like any other, and no message's fault.
 */
export class AccessDenied extends BrokerUnavailable {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AccessDenied';
  }
}

/** The topic does not exist. Until someone creates it, this is an outage like any other. */
export class TopicMissing extends BrokerUnavailable {
  constructor(
    readonly topic: string,
    options?: ErrorOptions,
  ) {
    super(`topic ${topic} does not exist`, options);
    this.name = 'TopicMissing';
  }
}
