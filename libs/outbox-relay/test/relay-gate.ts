import type { Broker, Pipeline, PipelineListener, RecordView } from '@ftgo/messaging/broker';

/**
 * A broker behind a gate: records reach it immediately, but acknowledgements beyond `limit` are withheld. A test thus
 * controls which records a relay knows to be safe. Everything else is passed through to the broker.
 */
export function gatedBroker(broker: Broker, gate: Gate): Broker {
  return {
    features: broker.features,
    comparePositions: (a, b) => broker.comparePositions(a, b),
    publish: (records) => broker.publish(records),
    subscribe: (options) => broker.subscribe(options),
    follow: (options) => broker.follow(options),
    ensureTopics: (topics) => broker.ensureTopics(topics),
    missingTopics: (topics) => broker.missingTopics(topics),
    close: () => broker.close(),
    async pipeline(listener) {
      const gated = new GatedPipeline(gate, listener);
      gated.inner = await broker.pipeline(gated);
      return gated;
    },
  };
}

export class Gate {
  private readonly pipelines = new Set<GatedPipeline>();
  /** The largest number of bytes in a pipeline so far. */
  mostBytes = 0;
  pushed = 0;

  /** @param limit records of a pipeline that may be acknowledged */
  constructor(public limit = Number.POSITIVE_INFINITY) {}

  open(): void {
    this.limit = Number.POSITIVE_INFINITY;
    for (const pipeline of this.pipelines) pipeline.pass();
  }

  enter(pipeline: GatedPipeline): void {
    this.pipelines.add(pipeline);
  }
}

class GatedPipeline implements Pipeline, PipelineListener {
  inner: Pipeline | undefined;
  private safe = 0;
  private passed = 0;
  private readonly withheld: { readonly number: number; readonly bytes: number }[] = [];
  private withheldBytes = 0;

  constructor(
    private readonly gate: Gate,
    private readonly listener: PipelineListener,
  ) {
    gate.enter(this);
  }

  get pendingBytes(): number {
    return this.withheldBytes;
  }

  get sent() {
    return (this.inner as Pipeline).sent;
  }

  push(record: RecordView, number: number): void {
    this.withheld.push({ number, bytes: record.value.length });
    this.withheldBytes += record.value.length;
    this.gate.pushed++;
    this.gate.mostBytes = Math.max(this.gate.mostBytes, this.withheldBytes);
    this.inner?.push(record, number);
  }

  flush(): void {
    this.inner?.flush();
  }

  close(): void {
    this.inner?.close();
  }

  acknowledged(upTo: number): void {
    this.safe = upTo;
    this.pass();
  }

  failed(error: Parameters<PipelineListener['failed']>[0]): void {
    this.listener.failed(error);
  }

  pass(): void {
    const upTo = Math.min(this.safe, this.gate.limit);
    if (upTo <= this.passed) return;
    this.passed = upTo;
    while ((this.withheld[0]?.number ?? Number.POSITIVE_INFINITY) <= upTo) this.withheldBytes -= this.withheld.shift()?.bytes ?? 0;
    this.listener.acknowledged(upTo);
  }
}
