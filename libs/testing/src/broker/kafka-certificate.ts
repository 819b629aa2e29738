import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateIn, createCertificate, findJava, keyStoreUser, passwordOf } from '@ftgo/runner/kafka-access';
import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import { uniqueName } from '../unique-name.js';

/** A certificate that replaces that of a running Kafka. */
export interface KafkaRenewal {
  /** In PEM; it is its own authority. */
  readonly certificate: string;
  /** Lets the broker itself trust the authorities in a PEM file. */
  trust(file: string): Promise<void>;
  /** Shows the certificate to new connections; clients and the broker must trust it by then. Open connections stay. */
  show(): Promise<void>;
}

/** Makes a new key and certificate for a Kafka whose files are in this folder. `options` are those of its administrator. */
export function renewKafkaCertificate(securityFolder: string, options: ConstructorParameters<typeof Admin>[0]): KafkaRenewal {
  const java = findJava();
  if (!java) throw new Error('no Java');
  const folder = join(securityFolder, uniqueName('renewal'));
  mkdirSync(folder);
  createCertificate(folder, java, passwordOf(join(securityFolder, 'passwords'), keyStoreUser));
  const { keyStore, caFile } = certificateIn(folder);
  return {
    certificate: readFileSync(caFile, 'utf8'),
    trust: (file) => setOfBroker(options, 'ssl.truststore.location', file),
    show: () => setOfBroker(options, 'ssl.keystore.location', keyStore),
  };
}

/** Changes a setting of the listener for clients while the broker runs. */
async function setOfBroker(options: ConstructorParameters<typeof Admin>[0], setting: string, value: string): Promise<void> {
  const admin = new Admin(options);
  try {
    const configs = [{ name: `listener.name.sasl_ssl.${setting}`, configOperation: IncrementalAlterConfigOperationTypes.SET, value }];
    await admin.incrementalAlterConfigs({ resources: [{ resourceType: ConfigResourceTypes.BROKER, resourceName: '1', configs }] });
  } finally {
    await admin.close();
  }
}
