import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Broker } from '@ftgo/messaging/broker';
import { type KafkaAccess, openKafka } from '@ftgo/messaging-kafka/open';
import { whyNoSecuredKafka } from '@ftgo/runner/kafka';
import {
  adminUser,
  applyAccess,
  appUsers,
  certificateIn,
  createCertificate,
  keyStoreUser,
  mechanismOf,
  passwordFile,
  passwordOf,
  setPasswords,
} from '@ftgo/runner/kafka-access';
import { ask, control, type OwnServer } from '../infrastructure.js';
import type { PrivateKafkaAddress, PrivateServer } from '../keeper/protocol.js';
import { uniqueName } from '../unique-name.js';
import type { KafkaAddress } from './broker-access.js';

/** A private Kafka that accepts only known users, over TLS: the users of the apps, with their permissions, and an administrator. */
export interface SecuredKafka extends OwnServer {
  /** `host:port`. */
  readonly brokers: string;
  readonly caFile: string;
  /** The same, for the other helpers of this library; they connect as the administrator. */
  readonly broker: KafkaAddress;
  /** How a user connects; default: the administrator, who may do everything. */
  access(user?: string): KafkaAccess & { readonly sasl: NonNullable<KafkaAccess['sasl']> };
  /** A client of a user, or of the administrator; closed by the caller. */
  client(user?: string): Promise<Broker>;
  /** Lets a user read a topic in the group with its name. */
  permitReading(user: string, topic: string): Promise<void>;
  /** Sets the password of a user in Kafka, and creates the user if necessary. Open connections stay. */
  setPassword(user: string, password: string): Promise<void>;
  /** The same, and writes it to the user's file. */
  rotatePassword(user: string, password: string): Promise<void>;
  /** Restarts the server with a certificate of another authority, which clients trust before, and alone afterwards. */
  replaceCertificate(): Promise<void>;
}

/** Why a secured Kafka cannot be started here; undefined if it can. */
export const noSecuredKafka = (): string | undefined => whyNoSecuredKafka();

const names = { tls: 'FTGO_KAFKA_TLS_CA_FILE', username: 'FTGO_KAFKA_USERNAME', password: 'FTGO_KAFKA_PASSWORD_FILE' };

/** Starts a Kafka for this spec only; about 5 s. */
export async function startSecuredKafka(): Promise<SecuredKafka> {
  const { id, address } = await ask<PrivateServer<PrivateKafkaAddress>>('/kafka/secured');
  const { brokers, securityFolder = '' } = address;
  const [caFile, passwordFolder] = [join(securityFolder, 'ca.pem'), join(securityFolder, 'passwords')];
  const [host = '', port] = brokers.split(':');
  const kafka = { host, port: Number(port), caFile, passwordOf: (user: string) => passwordOf(passwordFolder, user) };
  const setPassword = (user: string, password: string) => setPasswords(kafka, new Map([[user, password]]));
  const access = (user = adminUser) => ({
    tlsCaFile: caFile,
    sasl: { mechanism: mechanismOf(user), username: user, passwordFile: passwordFile(passwordFolder, user) },
    names,
  });
  const server = control(id);
  return {
    ...server,
    brokers,
    caFile,
    broker: { kind: 'kafka', brokers, securityFolder },
    access,
    client: (user) => openKafka({ brokers: [brokers], clientId: uniqueName('client'), access: access(user), warn: () => undefined }),
    permitReading: (name, topic) => {
      const resources = [
        { type: 'topic', name: topic, patternType: 'literal' },
        { type: 'group', name, patternType: 'literal' },
      ] as const;
      const acls = resources.map((resource) => ({ resource, operations: ['Read'] }));
      return applyAccess(kafka, [...appUsers(), { name, acls }]);
    },
    setPassword,
    rotatePassword: async (user, password) => {
      await setPassword(user, password);
      writeFileSync(passwordFile(passwordFolder, user), password, { mode: 0o600 });
    },
    replaceCertificate: async () => {
      const folder = join(securityFolder, uniqueName('certificate'));
      mkdirSync(folder);
      createCertificate(folder, passwordOf(passwordFolder, keyStoreUser));
      const fresh = certificateIn(folder);
      writeFileSync(`${caFile}.both`, readFileSync(caFile, 'utf8') + readFileSync(fresh.caFile, 'utf8'));
      renameSync(`${caFile}.both`, caFile);
      await server.stop();
      renameSync(fresh.keyStore, certificateIn(securityFolder).keyStore);
      await server.start();
      renameSync(fresh.caFile, caFile);
    },
  };
}
