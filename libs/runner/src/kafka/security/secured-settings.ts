import { join } from 'node:path';
import { brokerName, certificateIn } from './certificate.js';
import { adminUser, passwordOf } from './users.js';

export const passwordFolderIn = (folder: string): string => join(folder, 'passwords');

/** The name under which the password of the key store is kept; Kafka and keytool require one. */
export const keyStoreUser = 'key-store';

/** The lines that replace the listeners of server.properties: TLS and SASL for clients, certificates between brokers. */
export function securedSettings(folder: string): string[] {
  const { keyStore, caFile } = certificateIn(folder);
  const passwords = passwordFolderIn(folder);
  const login = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${adminUser}" password="${passwordOf(passwords, adminUser)}";`;
  return [
    'listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SSL',
    'inter.broker.listener.name=SASL_SSL',
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.location=${keyStore}`,
    `ssl.keystore.password=${passwordOf(passwords, keyStoreUser)}`,
    `ssl.key.password=${passwordOf(passwords, keyStoreUser)}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${caFile}`,
    'ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'listener.name.controller.ssl.client.auth=required',
    'sasl.enabled.mechanisms=SCRAM-SHA-512',
    'sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512',
    `listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${login}`,
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found=false',
    `super.users=User:${adminUser};User:${brokerName}`,
  ];
}
