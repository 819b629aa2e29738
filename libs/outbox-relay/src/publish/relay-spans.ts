import { type ByteRange, header, type RecordView } from '@ftgo/messaging/broker';
import { activeTracer, SpanKind, startSpan } from '@ftgo/messaging/telemetry';

interface Waiting {
  readonly number: number;
  readonly topic: string;
  readonly messageId: string | undefined;
  readonly traceparent: string;
  readonly committedAt: number;
}

const traceparentLength = 55;
const names = { traceparent: Buffer.from(header.traceparent), id: Buffer.from(header.id) };

/**
 * A span for each message of a sampled trace, from its commit to the broker's acknowledgement, as a child of the message's
 * creation. The message itself is not changed.
 */
export class RelaySpans {
  private waiting: Waiting[] = [];
  private head = 0;

  private constructor(private readonly system: string) {}

  /** Undefined if no SDK is registered, so that a message costs one comparison. */
  static ifTracing(system: string): RelaySpans | undefined {
    return activeTracer() ? new RelaySpans(system) : undefined;
  }

  /** Called before the record is pushed under this number. */
  note(record: RecordView, number: number, committedAt: number): void {
    const traceparent = valueOf(record, names.traceparent);
    if (!traceparent || !isSampled(traceparent)) return;
    const messageId = valueOf(record, names.id)?.copy().toString('latin1');
    const text = traceparent.source.toString('latin1', traceparent.start, traceparent.end);
    this.waiting.push({ number, topic: record.topic, messageId, traceparent: text, committedAt });
  }

  /** Ends the spans of all records up to this number. */
  acknowledged(upTo: number, database: string): void {
    for (let next = this.waiting[this.head]; next && next.number <= upTo; next = this.waiting[++this.head])
      endSpan(next, this.system, database);
    if (this.head === this.waiting.length || this.head > 1_024) {
      this.waiting = this.waiting.slice(this.head);
      this.head = 0;
    }
  }
}

function endSpan({ topic, messageId, traceparent, committedAt }: Waiting, system: string, database: string): void {
  const options = {
    kind: SpanKind.CLIENT,
    startTime: committedAt,
    attributes: {
      'messaging.system': system,
      'messaging.destination.name': topic,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.message.id': messageId,
      'db.namespace': database,
    },
  };
  startSpan(`send ${topic}`, { traceparent }, () => options)?.end();
}

/** Searches from the end, since the trace is among the last headers. */
function valueOf({ headerCount, headerNames, headerValues }: RecordView, name: Buffer): ByteRange | undefined {
  for (let i = headerCount - 1; i >= 0; i--) if (headerNames[i]?.equals(name)) return headerValues[i];
  return undefined;
}

const digitOf = (character: number): number => Number.parseInt(String.fromCharCode(character), 16);

const isSampled = ({ source, end, length }: ByteRange): boolean =>
  length === traceparentLength && (digitOf(source[end - 1] as number) & 1) === 1;
