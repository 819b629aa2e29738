import { join } from 'node:path';
import { identifiedApps } from '@ftgo/contracts/callers';
import { CertificateAuthority } from '@ftgo/runner/certificates';
import { adminSettings, adminUser, appUsers, keyStoreUser, securedSettings } from '@ftgo/runner/kafka-access';
import { newPassword, readableByServer, type Secrets } from './secrets.js';

const [kafka, gateway, issuer, authority] = ['kafka', 'api-gateway', 'identity-service', 'authority'];

/** As long as the certificate of Kafka. */
const validDays = 3_650;

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
    ...makeCertificates(secrets),
  ];
  writeSettingsOfKafka(secrets);
  return made;
}

/** The certificates by which services identify each other. No container of an app has the key of their authority. */
function makeCertificates(secrets: Secrets): string[] {
  const issuing = new CertificateAuthority(join(secrets.folder, authority), 'FTGO services', validDays);
  const issue = (app: string) => (): string => {
    const { certificate, privateKey } = issuing.issue([app]);
    secrets.write(app, 'tls.key', privateKey, 0o400);
    secrets.write(app, 'ca.crt', issuing.certificate, 0o400);
    return certificate;
  };
  return identifiedApps.flatMap((app) => secrets.ensure(app, 'tls.crt', issue(app)));
}

/** For the broker and for Kafka's own tools. In its container, libs/runner/kafka/secured.sh creates the certificate. */
function writeSettingsOfKafka(secrets: Secrets): void {
  const known = { caFile: '/mnt/shared/config/ca.pem', passwordOf: kafkaPasswords(secrets) };
  const write = (file: string, lines: readonly string[]) => secrets.write(kafka, file, `${lines.join('\n')}\n`, readableByServer);
  write('secured.properties', securedSettings({ listeners: ['SASL_SSL', 'HOST'], keyStore: '/etc/kafka/secrets/broker.p12', ...known }));
  write('admin.properties', adminSettings(known));
}
