import { databaseOf } from '@ftgo/messaging/postgres';
import type { BrokerConfig } from '@ftgo/platform/broker';
import { ConfigError, hasPassword } from '@ftgo/platform/config';
import { anything, type ServicesOfDatabases, serviceOf } from './publishable.js';

const placeholder = '{service}';

/** Whether each database is published by a user of its own. */
export const hasUserPerService = ({ kafkaUsername = '' }: BrokerConfig): boolean => kafkaUsername.includes(placeholder);

/** The credentials with which the messages of a database are published. */
export function accessFor(database: string, config: BrokerConfig, declared: ServicesOfDatabases): BrokerConfig {
  const service = serviceOf(database, declared) ?? '';
  const { kafkaUsername, kafkaPasswordFile } = config;
  return {
    ...config,
    kafkaUsername: kafkaUsername?.replaceAll(placeholder, service),
    kafkaPasswordFile: kafkaPasswordFile?.replaceAll(placeholder, service),
  };
}

/** Throws ConfigError if a user or a password is not known for each database. */
export function demandKafkaUsers(urls: readonly string[], config: BrokerConfig, declared: ServicesOfDatabases): void {
  const { kafkaUsername, kafkaPasswordFile } = config;
  if (kafkaUsername === undefined || kafkaPasswordFile === undefined) return;
  if (kafkaPasswordFile.includes(placeholder) && !hasUserPerService(config))
    throw new ConfigError([`FTGO_KAFKA_PASSWORD_FILE contains ${placeholder}, but FTGO_KAFKA_USERNAME does not`]);
  const databases = urls.map(databaseOf);
  const anyones = hasUserPerService(config) ? databases.filter((database) => serviceOf(database, declared) === anything) : [];
  const files = new Set(databases.map((database) => accessFor(database, config, declared).kafkaPasswordFile as string));
  const problems = [
    ...anyones.map((database) => `FTGO_KAFKA_USERNAME contains ${placeholder}, but FTGO_RELAY_SERVICES names no service for ${database}`),
    ...(anyones.length > 0 ? [] : [...files].filter((file) => !hasPassword(file))).map(
      (file) => `FTGO_KAFKA_PASSWORD_FILE is invalid (cannot read a password from ${file})`,
    ),
  ];
  if (problems.length > 0) throw new ConfigError(problems);
}
