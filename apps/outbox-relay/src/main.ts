import { once } from 'node:events';
import { demandFeatures } from '@ftgo/messaging/broker';
import { Relay } from '@ftgo/outbox-relay';
import { type BrokerLog, openBroker } from '@ftgo/platform/broker';
import { httpLimits, limitsOf, tokenSettings } from '@ftgo/platform/config';
import { HttpConnections } from '@ftgo/platform/http-server';
import { type Program, runProcess } from '@ftgo/platform/process';
import { Gate } from '@ftgo/security/tokens';
import { type Logger, pino } from 'pino';
import { adminServer } from './admin/admin-server.js';
import { type Config, readConfig } from './config.js';
import { relayMetrics } from './metrics.js';
import { demandNoBroker, demandServices, publishableFrom } from './publishable.js';
import { demandDatabases, sourceOf } from './sources.js';

const name = 'outbox-relay';

async function relayProgram(config: Config): Promise<Program> {
  demandNoBroker(config.relayDatabaseUrls, config.brokerUrl);
  demandServices(config.relayDatabaseUrls, config.relayServices);
  demandDatabases(config.relayDatabaseUrls, config.relaySource);
  const log = logger(config.logLevel);
  const broker = await openBroker(config, name, () => brokerLog(log));
  demandFeatures(broker, name, ['orderedPerKey']);
  const relay = new Relay({
    urls: config.relayDatabaseUrls,
    publishable: (database) => publishableFrom(database, config.relayServices),
    broker,
    sourceOf: (database) => sourceOf(database, config.relaySource),
    pollIntervalMs: config.relayPollIntervalMs,
    windowBytes: config.relayWindowBytes,
    logger: messagingLogger(log),
  });
  const stopping = new AbortController();
  const limits = limitsOf(httpLimits, config);
  const security = tokenSettings(config);
  const server = adminServer({
    gate: security && new Gate(security),
    relay,
    metrics: relayMetrics(relay),
    limits,
    isOpen: config.operationsOpen === true,
    isStopping: () => stopping.signal.aborted,
    onFault: (error) => log.error({ err: error }, 'request failed'),
  });
  const connections = new HttpConnections(server, limits);
  return {
    log,
    start: async () => {
      server.listen(config.httpPort, config.httpHost);
      await once(server, 'listening');
      // With --expose-gc: frees the garbage of loading the program, which would otherwise remain until the old generation is full.
      globalThis.gc?.();
      relay.start();
      return { address: server.address(), databases: relay.statuses.map(({ database }) => database) };
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([connections.drain(), relay.stop()]);
      await broker.close();
    },
  };
}

function logger(level: string): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: { service: name, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime, formatters });
}

const brokerLog = (log: Logger): BrokerLog => ({
  warn: ({ err }, message) => log.warn(err ? { reason: err.message } : {}, message),
});

const messagingLogger = (log: Logger) => ({
  log: (message: string, details: object = {}) => log.info(details, message),
  warn: (message: string, details: object = {}) => log.warn(details, message),
  error: (message: string, details: object = {}) => log.error(details, message),
});

await runProcess({ name, config: readConfig, program: relayProgram });
