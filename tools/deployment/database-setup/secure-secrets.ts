import { adminSettings, adminUser, appUsers, keyStoreUser, securedSettings } from '@ftgo/runner/kafka-access';
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
  writeSettingsOfKafka(secrets);
  return made;
}

/** For the broker and for Kafka's own tools. In its container, libs/runner/kafka/secured.sh creates the certificate. */
function writeSettingsOfKafka(secrets: Secrets): void {
  const known = { caFile: '/mnt/shared/config/ca.pem', passwordOf: kafkaPasswords(secrets) };
  const write = (file: string, lines: readonly string[]) => secrets.write(kafka, file, `${lines.join('\n')}\n`, readableByServer);
  write('secured.properties', securedSettings({ listeners: ['SASL_SSL', 'HOST'], keyStore: '/etc/kafka/secrets/broker.p12', ...known }));
  write('admin.properties', adminSettings(known));
}
