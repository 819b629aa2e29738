import { join } from 'node:path';
import { brokerName, certificateIn } from './certificate.js';
import { adminUser, mechanismOf, passwordOf } from './users.js';

export const passwordFolderIn = (folder: string): string => join(folder, 'passwords');

/** The name under which the password of the key store is kept; Kafka and keytool require one. */
export const keyStoreUser = 'key-store';

/** What a secured broker must know. */
export interface Secured {
  /** The names of the listeners for clients; the first also serves other brokers. */
  readonly listeners: readonly string[];
  readonly keyStore: string;
  /** The certificate that clients trust. */
  readonly caFile: string;
  readonly passwordOf: (user: string) => string;
}

/** What a broker of this machine must know, with its files in a folder. */
export const securedIn = (folder: string): Secured => ({
  listeners: ['SASL_SSL'],
  ...certificateIn(folder),
  passwordOf: (user) => passwordOf(passwordFolderIn(folder), user),
});

/** The lines that replace the listeners of server.properties: TLS and SASL for clients, certificates between controllers. */
export function securedSettings({ listeners, keyStore, caFile, passwordOf: passwordFor }: Secured): string[] {
  const [admin, ofKeyStore] = [passwordFor(adminUser), passwordFor(keyStoreUser)];
  const login = `${loginAs(adminUser, admin)} user_${adminUser}="${admin}";`;
  const logins = listeners.flatMap((listener) => {
    const settings = `listener.name.${listener.toLowerCase()}`;
    return [
      `${settings}.plain.sasl.jaas.config=${login}`,
      `${settings}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
    ];
  });
  return [
    `listener.security.protocol.map=${listeners.map((listener) => `${listener}:SASL_SSL,`).join('')}CONTROLLER:SSL`,
    `inter.broker.listener.name=${listeners[0]}`,
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.location=${keyStore}`,
    `ssl.keystore.password=${ofKeyStore}`,
    `ssl.key.password=${ofKeyStore}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${caFile}`,
    'ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'listener.name.controller.ssl.client.auth=required',
    'sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN',
    `sasl.mechanism.inter.broker.protocol=${mechanismOf(adminUser)}`,
    ...logins,
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found=false',
    `super.users=User:${adminUser};User:${brokerName}`,
  ];
}

/** The lines of a file with which Kafka's own tools connect as the administrator (`--command-config`). */
export const adminSettings = ({ caFile, passwordOf: passwordFor }: Pick<Secured, 'caFile' | 'passwordOf'>): string[] => [
  'security.protocol=SASL_SSL',
  `sasl.mechanism=${mechanismOf(adminUser)}`,
  `sasl.jaas.config=${loginAs(adminUser, passwordFor(adminUser))};`,
  'ssl.truststore.type=PEM',
  `ssl.truststore.location=${caFile}`,
];

const loginAs = (user: string, password: string): string =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username="${user}" password="${password}"`;
