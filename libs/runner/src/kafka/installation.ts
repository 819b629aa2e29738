import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, once } from '../install/cache.js';
import { copyJars } from '../install/maven.js';
import { UserError } from '../user-error.js';
import type { Java } from './java.js';
import type { KafkaCluster, KafkaOptions } from './kafka-program.js';
import { securedIn, securedSettings } from './security/secured-settings.js';

export const kafkaVersion = '4.3.1';

/** Kafka's jars, a class data archive for this Java, and a formatted data folder to copy. */
export interface KafkaInstallation {
  readonly java: Java;
  readonly classPath: string;
  /** May not exist yet: the first node that is stopped gracefully writes it. */
  readonly classArchive: string;
  readonly formattedFolder: string;
}

const sources = join(import.meta.dirname, '..', '..', 'kafka');

/** The files in the repository: settings and logging. */
export const kafkaLogging = join(sources, 'log4j2.xml');
const cache = () => cacheFolder(`kafka-${kafkaVersion}`);
const kafkaSettings = () => readFileSync(join(sources, 'server.properties'), 'utf8');

const javaOptions = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Whether the jars are installed, so that Maven is not needed. */
export const hasJars = () => existsSync(join(cache(), 'libs'));

/** Installs the jars (once for all clones of a user) and formats a data folder (once). */
export async function installKafka(java: Java, report: (line: string) => void): Promise<KafkaInstallation> {
  const folder = cache();
  const libs = join(folder, 'libs');
  if (!existsSync(libs)) {
    report(`downloading Kafka ${kafkaVersion} with Maven to ${folder} (once) …`);
    await once(libs, (target) => copyJars(sources, target, 'Kafka'));
  }
  const jars = readdirSync(libs).filter((name) => name.endsWith('.jar'));
  const classPath = jars
    .toSorted()
    .map((name) => join(libs, name))
    .join(':');
  const formattedFolder = join(folder, 'formatted');
  const key = createHash('sha256').update(java.command).update(java.version).update(classPath).digest('hex').slice(0, 16);
  const installation = { java, classPath, formattedFolder, classArchive: join(folder, `classes-${key}.jsa`) };
  if (!existsSync(formattedFolder)) await once(formattedFolder, async (target) => format(installation, target));
  return installation;
}

/** Command-line arguments of a Java program of Kafka. */
export const javaArgs = (installation: KafkaInstallation, program: readonly string[], extra: readonly string[] = []) => [
  ...javaOptions,
  ...extra,
  `-Dlog4j2.configurationFile=${kafkaLogging}`,
  '-cp',
  installation.classPath,
  ...program,
];

function format(installation: KafkaInstallation, target: string): void {
  const settings = join(dirname(target), `format-${process.pid}.properties`);
  writeFileSync(settings, settingsOf({ clientPort: 19092, controllerPort: 19093, dataFolder: target }));
  try {
    const clusterId = randomBytes(16).toString('base64url');
    const args = javaArgs(installation, ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings]);
    const { status, stderr, stdout } = spawnSync(installation.java.command, args, { encoding: 'utf8' });
    if (status !== 0) throw new UserError(`cannot format Kafka's data folder:\n${stderr}${stdout}`);
  } finally {
    rmSync(settings, { force: true });
  }
}

/** The settings of one node. */
export function settingsOf(node: Omit<KafkaOptions, 'name'> & { readonly bindHost?: string }): string {
  const { clientPort, controllerPort, dataFolder, advertisedPort = clientPort, bindHost = '127.0.0.1', securityFolder } = node;
  const protocol = securityFolder ? 'SASL_SSL' : 'PLAINTEXT';
  return [
    kafkaSettings(),
    `listeners=${protocol}://${bindHost}:${clientPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=${protocol}://127.0.0.1:${advertisedPort}`,
    `controller.quorum.voters=${votersOf(node.cluster?.controllerPorts ?? [controllerPort])}`,
    `log.dirs=${dataFolder}`,
    ...(securityFolder ? securedSettings(securedIn(securityFolder)) : []),
    ...(node.cluster ? clusterSettings(node.cluster) : []),
    '',
  ].join('\n');
}

const votersOf = (ports: readonly number[]) => ports.map((port, i) => `${i + 1}@127.0.0.1:${port}`).join(',');

/** A message is acknowledged when two nodes have it. A busy machine must not look like a dead node. */
function clusterSettings({ node, controllerPorts: { length: nodes } }: KafkaCluster): string[] {
  const topics = ['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'];
  return [
    `node.id=${node}`,
    `default.replication.factor=${nodes}`,
    ...topics.map((topic) => `${topic}.replication.factor=${nodes}`),
    'min.insync.replicas=2',
    'transaction.state.log.min.isr=2',
    'share.coordinator.state.topic.min.isr=2',
    'controller.quorum.election.timeout.ms=1000',
    'controller.quorum.election.backoff.max.ms=1000',
    'broker.session.timeout.ms=4000',
    'broker.heartbeat.interval.ms=500',
  ];
}

/** Gives a formatted data folder, which is a copy, to one of several nodes: as if it had been formatted for that node. */
export function assignNode(folder: string, node: number): void {
  const file = join(folder, 'meta.properties');
  const id = randomBytes(16).toString('base64url');
  const text = readFileSync(file, 'utf8')
    .replace(/^node\.id=.*$/m, `node.id=${node}`)
    .replace(/^directory\.id=.*$/m, `directory.id=${id}`);
  writeFileSync(file, text);
}
