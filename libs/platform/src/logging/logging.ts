import { messageContext } from '@ftgo/messaging';
import { type DestinationStream, type Logger, pino } from 'pino';
import { traceIdOf } from '../http/request-context.js';

/** What never reaches a log, wherever it stands in a line's fields. */
const secrets = ['authorization', 'cookie', 'password', 'token', 'secret', 'card', 'cardNumber', 'cvv', 'address', 'deliveryAddress'];

export interface LoggingOptions {
  readonly service: string;
  readonly level: string;
  readonly destination?: DestinationStream | undefined;
}

/** The service's logger: JSON, a line an event, with the request or message that it belongs to. */
export function createLogger({ service, level, destination }: LoggingOptions): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    mixin: contextFields,
  };
  return destination ? pino(options, destination) : pino(options);
}

function contextFields(): object {
  const context = messageContext.open;
  if (!context) return {};
  return { traceId: traceIdOf(context.traceparent), correlationId: context.correlationId, causationId: context.causationId };
}
