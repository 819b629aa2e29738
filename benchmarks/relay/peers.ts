import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSource } from '@ftgo/runner/workspace';
import { debeziumFolder, debeziumJars, fetchDebezium } from '@ftgo/testing';
import type { Stack } from './stack.js';

export interface Peer {
  readonly name: string;
  readonly table: 'outbox' | 'outbox_poll';
  readonly usesSlot: boolean;
  /** Whether it reads the table, from the relay's checkpoint. */
  readonly usesCheckpoint?: boolean;
  /** The number of messages that it has read, if it publishes none. */
  readonly read?: () => number;
  /** Why it cannot run here; undefined if it can. */
  prepare(): string | undefined;
  start(stack: Stack, slot: string, folder: string): ChildProcess;
}

const here = import.meta.dirname;
const repository = join(here, '..', '..');

function launch(command: string, args: readonly string[], env: NodeJS.ProcessEnv, folder: string, cwd = repository): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(folder, 'log'), 'a');
  return spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
}

/** This project's relay as in production: built, not from source. */
export const ours = (flags: readonly string[], source: 'wal' | 'polling' = 'wal'): Peer => ({
  name: source === 'wal' ? 'ftgo outbox-relay' : 'ftgo outbox-relay, polling',
  table: 'outbox',
  usesSlot: source === 'wal',
  usesCheckpoint: source === 'polling',
  prepare: () => buildRelay(),
  start: (stack, _slot, folder) =>
    launch(
      process.execPath,
      [...flags, join(repository, 'apps', 'outbox-relay', 'dist', 'main.js')],
      {
        FTGO_HTTP_PORT: '0',
        ...stack.kafkaEnvironment,
        FTGO_RELAY_DATABASE_URLS: stack.database.relayUrl,
        FTGO_RELAY_SERVICES: `${stack.database.name}=*`,
        FTGO_RELAY_SOURCE: source,
      },
      folder,
    ),
});

/** With every library that it needs. */
function buildRelay(): string | undefined {
  const args = ['run-many', '--targets=build', '--projects=apps/outbox-relay', '--outputStyle=static'];
  const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' };
  const { status, stdout } = spawnSync(join(repository, 'node_modules', '.bin', 'nx'), args, { cwd: repository, env, encoding: 'utf8' });
  return status === 0 ? undefined : `building outbox-relay failed: ${stdout}`;
}

export const debezium = (variant: 'throughput' | 'latency'): Peer => ({
  name: `Debezium, tuned for ${variant}`,
  table: 'outbox',
  usesSlot: true,
  prepare: () => fetchDebezium(),
  start: (stack, slot, folder) => {
    mkdirSync(folder, { recursive: true });
    const own = join(here, 'debezium');
    writeFileSync(
      join(folder, 'connector.properties'),
      [join(debeziumFolder, 'outbox'), join(own, variant)].map((file) => readFileSync(`${file}.properties`, 'utf8')).join('\n'),
    );
    const url = new URL(stack.database.relayUrl);
    const java = [
      '-Xms1g',
      '-Xmx2g',
      '-XX:+UseParallelGC',
      `-Dlog4j2.configurationFile=${join(debeziumFolder, 'log4j2.xml')}`,
      '-cp',
      join(debeziumJars, '*'),
    ];
    const environment = {
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGDATABASE: url.pathname.slice(1),
      PGUSER: url.username,
      PGPASSWORD: decodeURIComponent(url.password),
      KAFKA_BOOTSTRAP: stack.kafka.brokers,
      OUTBOX_SLOT: slot,
      OUTBOX_PUBLICATION: stack.publication,
      CONNECT_LISTENER: 'http://127.0.0.1:0',
      OUT: folder,
    };
    const args = [
      ...java,
      'org.apache.kafka.connect.cli.ConnectStandalone',
      join(debeziumFolder, 'connect.properties'),
      join(folder, 'connector.properties'),
    ];
    return launch('java', args, environment, folder, folder);
  },
});

/** What reading the log costs without publishing anything. */
export function bareReader(): Peer {
  let read = 0;
  return {
    name: 'bare reader that discards everything',
    table: 'outbox',
    usesSlot: true,
    read: () => read,
    prepare: () => undefined,
    start: (stack, slot) => {
      const args = [stack.database.relayUrl, slot, stack.publication];
      const child = fork(join(here, 'bare-reader.ts'), args, { execArgv: [...fromSource] });
      return child.on('message', (count) => (read = Number(count)));
    },
  };
}

export const poller: Peer = {
  name: 'naive poller, looping',
  table: 'outbox_poll',
  usesSlot: false,
  prepare: () => undefined,
  start: (stack, _slot, folder) =>
    launch(
      process.execPath,
      [...fromSource, join(here, 'poller.ts')],
      { POLLER_URL: stack.database.url, POLLER_BROKERS: stack.kafka.brokers },
      folder,
    ),
};
