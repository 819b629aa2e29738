import { channels, services, topicsSentBy } from '@ftgo/contracts/channels';
import { databaseOf, hostsOf } from '@ftgo/messaging/postgres';
import type { PublishableTopics } from '@ftgo/outbox-relay';
import { ConfigError } from '@ftgo/platform/config';

/** The owners of databases that are not named after their service; `*` for a database that may publish anything. */
export type ServicesOfDatabases = ReadonlyMap<string, string>;

/** The service of a database that may publish anything. */
export const anything = '*';

/** `ftgo_order_history` is the database of order-history-service. */
const serviceNamedBy = (database: string): string => `${database.replace(/^ftgo_/, '').replaceAll('_', '-')}-service`;

/** The service that owns a database; undefined if it cannot be determined. */
export function serviceOf(database: string, declared: ServicesOfDatabases): string | undefined {
  const service = declared.get(database) ?? serviceNamedBy(database);
  return service === anything || services.includes(service) ? service : undefined;
}

/** Throws ConfigError for databases whose owner is unknown: all their messages would be rejected. */
export function demandServices(urls: readonly string[], declared: ServicesOfDatabases): void {
  const unknown = urls.map(databaseOf).filter((database) => serviceOf(database, declared) === undefined);
  if (unknown.length === 0) return;
  throw new ConfigError(
    unknown.map(
      (database) =>
        `FTGO_RELAY_SERVICES does not name the service of database ${database}: set it to ${database}=<service>, one of ${services.join(', ')}, or to ${database}=${anything}`,
    ),
  );
}

/** Throws ConfigError if the list contains the database of a broker on PostgreSQL: it has no outbox. */
export function demandNoBroker(urls: readonly string[], brokerUrl: string | undefined): void {
  const placeOf = (url: string) => `${hostsOf(url)}/${databaseOf(url)}`;
  if (!brokerUrl || !urls.map(placeOf).includes(placeOf(brokerUrl))) return;
  throw new ConfigError([`FTGO_RELAY_DATABASE_URLS names the database of the broker, ${databaseOf(brokerUrl)}: remove it from the list`]);
}

/** The messages that may be published from a database, by channel and source; undefined means all. */
export function publishableFrom(database: string, declared: ServicesOfDatabases): PublishableTopics | undefined {
  const service = serviceOf(database, declared);
  return service === anything ? undefined : topicsSentBy(service ?? '');
}

/** The topics on which only the service of a database sends: those of its events. */
export function ownTopicsOf(database: string, declared: ServicesOfDatabases): string[] {
  const sent = publishableFrom(database, declared);
  return channels.flatMap(({ topic, kind }) => (kind === 'events' && sent?.has(topic) ? [topic] : []));
}
