import { once } from 'node:events';
import { type Broker, demandFeatures } from '@ftgo/messaging/broker';
import { databaseOf } from '@ftgo/messaging/postgres';
import { Relay } from '@ftgo/outbox-relay';
import { type BrokerLog, openBroker } from '@ftgo/platform/broker';
import { httpLimits, limitsOf, tokenSettings } from '@ftgo/platform/config';
import { HttpConnections } from '@ftgo/platform/http-server';
import { type Program, runProcess } from '@ftgo/platform/process';
import { Gate } from '@ftgo/security/tokens';
import { type Logger, pino } from 'pino';
import { adminServer } from './admin/admin-server.js';
import { type Config, readConfig } from './config.js';
import { accessFor, demandKafkaUsers, hasUserPerService } from './kafka-users.js';
import { relayMetrics } from './metrics.js';
import { demandNoBroker, demandServices, ownTopicsOf, publishableFrom } from './publishable.js';
import { demandDatabases, sourceOf } from './sources.js';

const name = 'outbox-relay';

async function relayProgram(config: Config): Promise<Program> {
  demandNoBroker(config.relayDatabaseUrls, config.brokerUrl);
  demandServices(config.relayDatabaseUrls, config.relayServices);
  demandDatabases(config.relayDatabaseUrls, config.relaySource);
  demandKafkaUsers(config.relayDatabaseUrls, config, config.relayServices);
  const log = logger(config.logLevel);
  const brokers = await openBrokers(config, () => brokerLog(log));
  const relay = new Relay({
    urls: config.relayDatabaseUrls,
    publishable: (database) => publishableFrom(database, config.relayServices),
    ownTopics: (database) => ownTopicsOf(database, config.relayServices),
    broker: brokers.of,
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
    hasOpenMetrics: config.managementPort !== undefined,
    isStopping: () => stopping.signal.aborted,
    onFault: (error) => log.error({ err: error }, 'request failed'),
  });
  const connections = new HttpConnections(server, limits);
  return {
    log,
    start: async () => {
      server.listen(config.managementPort ?? config.httpPort, config.httpHost);
      await once(server, 'listening');
      // With --expose-gc: frees the garbage of loading the program, which would otherwise remain until the old generation is full.
      globalThis.gc?.();
      relay.start();
      return { address: server.address(), databases: relay.statuses.map(({ database }) => database) };
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([connections.drain(), relay.stop()]);
      await brokers.close();
    },
  };
}

/** One client for all databases or, with a user per service, one for each. */
async function openBrokers(config: Config, logOf: () => BrokerLog) {
  const databases = hasUserPerService(config) ? config.relayDatabaseUrls.map(databaseOf) : [undefined];
  const brokers = new Map<string | undefined, Broker>();
  for (const database of databases) {
    const own = database === undefined ? config : accessFor(database, config, config.relayServices);
    const broker = await openBroker(own, name, logOf);
    demandFeatures(broker, name, ['orderedPerKey']);
    brokers.set(database, broker);
  }
  return {
    of: (database: string) => (brokers.get(database) ?? brokers.get(undefined)) as Broker,
    close: () => Promise.all([...brokers.values()].map((broker) => broker.close())),
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
