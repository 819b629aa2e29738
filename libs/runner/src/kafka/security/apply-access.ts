import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  alterUserScramCredentialsV0,
  Connection,
  ResourcePatternTypes,
  ResourceTypes,
  ScramMechanisms,
} from '@platformatic/kafka';
import { type AccessRule, adminUser, appUsers, type KafkaUser, mechanismOf } from './users.js';

/** Where a secured Kafka is, and the passwords of its users and its administrator. */
export interface SecuredKafka {
  readonly host: string;
  readonly port: number;
  readonly caFile: string;
  readonly passwordOf: (user: string) => string;
}

const iterations = 4096;
const withinMs = 5_000;
const anyHost = '*';

/** Gives the users of the apps their passwords and permissions, and withdraws all other permissions. Rejects if Kafka does not respond. */
export async function applyAccess(kafka: SecuredKafka, users: readonly KafkaUser[] = appUsers()): Promise<void> {
  await setPasswords(kafka, new Map(users.map(({ name }) => [name, kafka.passwordOf(name)])));
  const bootstrapBrokers = [`${kafka.host}:${kafka.port}`];
  const admin = new Admin({ clientId: 'ftgo-access', bootstrapBrokers, retries: 0, ...connectionTo(kafka) });
  try {
    const wanted = users.flatMap(({ name, acls }) => acls.flatMap((rule) => entriesFor(name, rule)));
    const granted = await admin.describeAcls({ filter: everything });
    const entries = granted.flatMap(({ acls, ...resource }) => acls.map((permission): Acl => ({ ...resource, ...permission })));
    const keys = new Set(wanted.map(keyOf));
    const stale = entries.filter((entry) => !keys.has(keyOf(entry)));
    // Created first, so that no user is without its permissions meanwhile.
    await admin.createAcls({ creations: wanted });
    if (stale.length > 0) await admin.deleteAcls({ filters: stale });
  } finally {
    await admin.close();
  }
}

/** Sets the passwords of users, of which Kafka stores a salted hash. Open connections stay. */
export async function setPasswords(kafka: SecuredKafka, passwords: ReadonlyMap<string, string>): Promise<void> {
  const connection = new Connection('ftgo-access', connectionTo(kafka));
  connection.on('error', () => undefined);
  try {
    await connection.connect(kafka.host, kafka.port);
    const credentials = [...passwords].map(([name, password]) => {
      const salt = randomBytes(16);
      const saltedPassword = pbkdf2Sync(password, salt, iterations, 64, 'sha512');
      return { name, mechanism: ScramMechanisms.SCRAM_SHA_512, iterations, salt, saltedPassword };
    });
    await alterUserScramCredentialsV0.api.async(connection, [], credentials);
  } finally {
    await connection.close();
  }
}

const connectionTo = ({ caFile, passwordOf }: SecuredKafka) => ({
  connectTimeout: withinMs,
  requestTimeout: withinMs,
  tls: { ca: readFileSync(caFile, 'utf8') },
  sasl: { mechanism: mechanismOf(adminUser), username: adminUser, password: passwordOf(adminUser) },
});

type Acl = Parameters<Admin['createAcls']>[0]['creations'][number];

const everything = {
  resourceType: ResourceTypes.ANY,
  resourceName: null,
  resourcePatternType: ResourcePatternTypes.ANY,
  principal: null,
  host: null,
  operation: AclOperations.ANY,
  permissionType: AclPermissionTypes.ANY,
};

const operations: Readonly<Record<string, Acl['operation']>> = {
  Read: AclOperations.READ,
  Write: AclOperations.WRITE,
  Create: AclOperations.CREATE,
  Describe: AclOperations.DESCRIBE,
};

const entriesFor = (user: string, { resource, operations: permitted }: AccessRule): Acl[] =>
  permitted.map((operation) => ({
    resourceType: resource.type === 'topic' ? ResourceTypes.TOPIC : ResourceTypes.GROUP,
    resourceName: resource.name,
    resourcePatternType: resource.patternType === 'prefix' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: anyHost,
    operation: operations[operation] ?? AclOperations.UNKNOWN,
    permissionType: AclPermissionTypes.ALLOW,
  }));

const keyOf = ({ resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType }: Acl): string =>
  [resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType].join('|');
