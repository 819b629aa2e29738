import type { MessagingLogger } from '@ftgo/messaging/telemetry';
import { Logger } from '@nestjs/common';

/** Nest's logger with the details as a separate object, as structured loggers (pino) expect them. */
export function nestLogger(context: string): MessagingLogger {
  const logger = new Logger(context);
  return {
    log: (message, details = {}) => logger.log(details, message),
    warn: (message, details = {}) => logger.warn(details, message),
    error: (message, details = {}) => logger.error(details, message),
  };
}
