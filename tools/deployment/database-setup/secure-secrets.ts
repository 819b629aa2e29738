import { adminUser, appUsers, keyStoreUser, securedSettings } from '@ftgo/runner/kafka-access';
import { newPassword, readableByServer, type Secrets } from './secrets.js';

const [kafka, gateway, issuer] = ['kafka', 'api-gateway', 'identity-service'];

/** Whose folder has the password of a user of Kafka. */
function ownerOf(user: string): string {
  if ([adminUser, keyStoreUser].includes(user)) return kafka;
  return user.endsWith('-relay') ? 'outbox-relay' : user;
}

/** The passwords of the users of Kafka. */
export const kafkaPasswords =
  (secrets: Secrets) =>
  (user: string): string =>
    secrets.read(ownerOf(user), `kafka-${user}`);

/** Creates what a system with security needs in addition, unless it exists; returns the names of the created secrets. */
export function makeSecureSecrets(secrets: Secrets): string[] {
  const users = [adminUser, keyStoreUser, ...appUsers().map(({ name }) => name)];
  const ofUser = (user: string) =>
    secrets.ensure(ownerOf(user), `kafka-${user}`, newPassword, user === keyStoreUser ? readableByServer : 0o400);
  const made = [
    ...users.flatMap(ofUser),
    ...secrets.ensure(gateway, 'client-secret', newPassword),
    ...secrets.ensure(issuer, 'clients', () => `${gateway}=${secrets.read(gateway, 'client-secret')}`),
    ...secrets.ensure(issuer, 'password', newPassword),
  ];
  secrets.write(kafka, 'secured.properties', settingsOfKafka(secrets), readableByServer);
  return made;
}

/** In its container, libs/runner/kafka/secured.sh creates the certificate. */
function settingsOfKafka(secrets: Secrets): string {
  const files = { keyStore: '/etc/kafka/secrets/broker.p12', caFile: '/mnt/shared/config/ca.pem' };
  return securedSettings({ listeners: ['SASL_SSL', 'HOST'], ...files, passwordOf: kafkaPasswords(secrets) })
    .join('\n')
    .concat('\n');
}
