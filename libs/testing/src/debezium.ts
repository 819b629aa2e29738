import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from '@ftgo/runner/processes';
import { repository } from '@ftgo/runner/workspace';
import { eventually } from './eventually.js';
import { ownedFolder } from './owned-folder.js';

/** The files with which Debezium publishes outboxes: its configuration, and the pom of its jars. */
export const debeziumFolder = join(repository, 'libs', 'outbox-relay', 'debezium');
export const debeziumJars = join(repository, '.cache', 'debezium');

/** Why Debezium cannot run here; undefined if it can. */
export const noDebezium: string | undefined = reason();

function reason(): string | undefined {
  if (!findCommand('java')) return 'Java not found';
  return existsSync(debeziumJars) || findCommand('mvn') ? undefined : 'Maven not found; it downloads Debezium once';
}

/** Downloads the jars, once. Returns the error, if any. */
export function fetchDebezium(): string | undefined {
  if (noDebezium) return noDebezium;
  if (existsSync(debeziumJars)) return undefined;
  const pom = join(debeziumFolder, 'pom.xml');
  const args = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${debeziumJars}`, '-DincludeScope=runtime'];
  const { status, stdout, stderr } = spawnSync('mvn', args, { encoding: 'utf8' });
  return status === 0 ? undefined : `Maven failed to download Debezium: ${stdout}${stderr}`;
}

export interface DebeziumOptions {
  readonly kafkaBrokers: string;
  /** The URL of each database with an outbox. Its slot, `<database>_outbox`, exists. */
  readonly urls: readonly string[];
}

export interface RunningDebezium {
  /** Its log. */
  log(): string;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** Starts one Kafka Connect with a connector for each database. */
export async function startDebezium({ kafkaBrokers, urls }: DebeziumOptions): Promise<RunningDebezium> {
  const folder = ownedFolder();
  const template = readFileSync(join(debeziumFolder, 'outbox.properties'), 'utf8');
  const connectors = urls.map((url) => {
    const { hostname, port, username, password, pathname } = new URL(url);
    const database = pathname.slice(1);
    const file = join(folder, `${database}.properties`);
    // The last value of a property wins.
    const own = {
      name: database,
      'topic.prefix': database,
      'database.hostname': hostname,
      'database.port': port,
      'database.dbname': database,
      'database.user': username,
      'database.password': decodeURIComponent(password),
      'slot.name': `${database}_outbox`,
      'publication.name': 'messaging_outbox',
    };
    const lines = Object.entries(own).map(([name, value]) => `${name}=${value}`);
    writeFileSync(file, `${template}\n${lines.join('\n')}\n`, { mode: 0o600 });
    return file;
  });
  const log = join(folder, 'log');
  const child = launchConnect(connectors, { folder, log, kafkaBrokers });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  await untilStreaming(child, log, urls.length);
  return {
    log: () => readFileSync(log, 'utf8'),
    async kill() {
      process.off('exit', killWithUs);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function launchConnect(
  connectors: readonly string[],
  { folder, log, kafkaBrokers }: { folder: string; log: string; kafkaBrokers: string },
): ChildProcess {
  const args = [
    '-Xmx1g',
    `-Dlog4j2.configurationFile=${join(debeziumFolder, 'log4j2.xml')}`,
    '-cp',
    join(debeziumJars, '*'),
    'org.apache.kafka.connect.cli.ConnectStandalone',
    join(debeziumFolder, 'connect.properties'),
    ...connectors,
  ];
  const env = { ...process.env, KAFKA_BOOTSTRAP: kafkaBrokers, CONNECT_LISTENER: 'http://127.0.0.1:0', OUT: folder };
  const output = openSync(log, 'a');
  return spawn('java', args, { cwd: folder, env, stdio: ['ignore', output, output] });
}

async function untilStreaming(child: ChildProcess, file: string, connectors: number): Promise<void> {
  await eventually(
    () => {
      const log = readFileSync(file, 'utf8');
      if (child.exitCode !== null) throw new Error(`Debezium has exited: ${log.slice(-2_000)}`);
      const streaming = log.match(/Processing messages/g)?.length ?? 0;
      if (streaming < connectors) throw new Error(`${streaming} of ${connectors} connectors are streaming: ${log.slice(-2_000)}`);
    },
    { timeoutMs: 90_000, intervalMs: 200 },
  );
}
