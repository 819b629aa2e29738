import { once } from 'node:events';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { Relay } from '@ftgo/outbox-relay';
import { ConfigError, httpLimits, limitsOf } from '@ftgo/platform/config';
import { HttpConnections } from '@ftgo/platform/http-server';
import { startTracing } from '@ftgo/platform/telemetry';
import { type Logger, pino } from 'pino';
import { adminServer } from './admin/admin-server.js';
import { type Config, readConfig } from './config.js';
import { relayMetrics } from './metrics.js';
import { demandServices, publishableFrom } from './publishable.js';

const name = 'outbox-relay';
const stopWithinMs = 4_500;

async function run(config: Config): Promise<void> {
  demandServices(config.relayDatabaseUrls, config.relayServices);
  const log = logger(config.logLevel);
  const tracing = await startTracing(name);
  const broker = kafkaBroker({
    brokers: config.kafkaBrokers,
    clientId: name,
    onTrouble: (what, error) => log.warn({ reason: error.message }, what),
  });
  const relay = new Relay({
    urls: config.relayDatabaseUrls,
    publishable: (database) => publishableFrom(database, config.relayServices),
    broker,
    windowBytes: config.relayWindowBytes,
    logger: messagingLogger(log),
  });
  const stopping = new AbortController();
  const limits = limitsOf(httpLimits, config);
  const server = adminServer({
    relay,
    metrics: relayMetrics(relay),
    limits,
    isStopping: () => stopping.signal.aborted,
    onFault: (error) => log.error({ err: error }, 'request failed'),
  });
  const connections = new HttpConnections(server, limits);
  server.listen(config.httpPort, config.httpHost);
  await once(server, 'listening');
  // With --expose-gc: what loading the program left behind would otherwise stay until the old generation is full.
  globalThis.gc?.();
  relay.start();
  log.info({ address: server.address(), databases: relay.statuses.map(({ database }) => database) }, 'up');

  await signalled();
  stopping.abort();
  log.info('stopping');
  setTimeout(() => process.exit(1), stopWithinMs).unref();
  await Promise.all([connections.drain(), relay.stop()]);
  await broker.close();
  await tracing.stop();
  log.info('stopped');
}

function logger(level: string): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: { service: name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, formatters });
}

const messagingLogger = (log: Logger) => ({
  log: (message: string, details: object = {}) => log.info(details, message),
  warn: (message: string, details: object = {}) => log.warn(details, message),
  error: (message: string, details: object = {}) => log.error(details, message),
});

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => resolve());
  });
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, port } = error as { code?: unknown; port?: unknown };
  if (code === 'EADDRINUSE') return `port ${String(port)} is taken: stop what uses it, or set FTGO_HTTP_PORT`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await run(readConfig());
  // What the exporter of traces has not given up yet would keep the process.
  process.exit();
} catch (error) {
  process.stderr.write(`${name}: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
