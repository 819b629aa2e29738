import { type CutTopic, cutTopics } from '@ftgo/messaging-kafka/restore';
import { kafkaAccess } from '@ftgo/platform/broker';
import { brokerConfig, ConfigError, parseConfig } from '@ftgo/platform/config';
import { UserError } from '@ftgo/runner/errors';
import { urlOfDatabase } from '@ftgo/runner/provision';
import { findApps } from '@ftgo/runner/workspace';
import { z } from 'zod';
import { config } from '../config.js';
import { Outboxes } from './outboxes.js';

/**
 * Removes from the topics what the restored databases have not sent, and lets every service read its topics again from the first
 * record. The servers are those of FTGO_POSTGRES_URL and FTGO_KAFKA_BROKERS; nothing else may use them.
 */
export async function restoreTopics(): Promise<CutTopic[]> {
  const { kafka, adminUrl } = servers();
  const services = findApps().flatMap(({ name, database }) => (database ? [[name, urlOfDatabase(adminUrl, database)] as const] : []));
  const outboxes = await Outboxes.open(new Map(services));
  try {
    const report = await cutTopics({
      brokers: kafka.kafkaBrokers ?? [],
      access: kafkaAccess(kafka),
      isOurTopic: (topic) => topic.startsWith('ftgo.'),
      isOurGroup: (group) => services.some(([name]) => group === name || group.startsWith(`${name}.`)),
      keep: (records) => outboxes.keep(records),
    });
    await outboxes.settle();
    return report;
  } finally {
    await outboxes.close();
  }
}

function servers() {
  const { postgresUrl: adminUrl, environment } = config;
  if (!adminUrl) throw new UserError('FTGO_POSTGRES_URL is not set: set it to the administrator’s URL of the restored PostgreSQL');
  try {
    const kafka = parseConfig(z.object(brokerConfig), environment);
    if (kafka.broker === 'postgres') throw new UserError('the topics are in a PostgreSQL database: restore it to the same point in time');
    return { kafka, adminUrl };
  } catch (error) {
    throw error instanceof ConfigError ? new UserError(error.message, { cause: error }) : error;
  }
}
