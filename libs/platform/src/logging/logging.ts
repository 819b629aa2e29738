import { logFieldsOf, messageContext } from '@ftgo/messaging';
import { spanIdOf, traceIdOf } from '@ftgo/messaging/telemetry';
import { type DestinationStream, type Logger, pino } from 'pino';
import { loggableError } from './loggable-error.js';
import { withoutSecrets } from './without-secrets.js';

export interface LoggingOptions {
  readonly service: string;
  readonly level: string;
  readonly destination?: DestinationStream | undefined;
}

/** The service's logger: one JSON line per event, with the request or message it belongs to. */
export function createLogger({ service, level, destination }: LoggingOptions): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }), log: withoutSecrets },
    serializers: { err: loggableError },
    mixin: contextFields,
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Options for nestjs-pino to use this logger: its own error serializer would log every property of an error. */
export const forNest = (logger: Logger) => ({ pinoHttp: { logger, serializers: { err: loggableError }, wrapSerializers: false } });

function contextFields(): object {
  const context = messageContext.open;
  if (!context) return {};
  const { traceparent, correlationId, causationId, message } = context;
  return {
    traceId: traceIdOf(traceparent),
    spanId: spanIdOf(traceparent),
    correlationId,
    causationId,
    ...(message && { messageId: message.id, ...logFieldsOf(message.extensions) }),
  };
}
