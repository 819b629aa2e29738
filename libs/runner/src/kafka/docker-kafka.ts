import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readiness } from '../process/program.js';
import { kafkaLogging, kafkaVersion, settingsOf } from './installation.js';
import type { KafkaOptions, KafkaProgram } from './kafka-program.js';
import { answersMetadata } from './probe.js';

/** The same JVM settings as without a container: for a fast start. */
const jvm = {
  LOG_DIR: '/tmp',
  KAFKA_HEAP_OPTS: '-Xmx512m',
  KAFKA_JVM_PERFORMANCE_OPTS: '-XX:+UseSerialGC -XX:TieredStopAtLevel=1',
  KAFKA_LOG4J_OPTS: '-Dlog4j2.configurationFile=/settings/log4j2.xml',
};

/** Kafka in a container, with the same settings and data folder as without one. */
export class DockerKafka implements KafkaProgram {
  readonly name: string;
  readonly readyWithinMs = 300_000; // the image may have to be pulled
  readonly stopSteps = [['SIGTERM', 6_000]] as const;
  private readonly container: string;

  constructor(
    private readonly options: KafkaOptions,
    private readonly docker: string,
  ) {
    this.name = options.name ?? 'kafka';
    this.container = `ftgo-kafka-${createHash('sha256').update(options.dataFolder).digest('hex').slice(0, 12)}`;
  }

  get brokers(): string {
    return `127.0.0.1:${this.options.clientPort}`;
  }

  prepare(): Promise<void> {
    const { dataFolder } = this.options;
    mkdirSync(dataFolder, { recursive: true });
    writeFileSync(this.settingsFile, settingsOf({ ...this.options, dataFolder: '/data/log', bindHost: '0.0.0.0' }));
    this.killOutside(); // left by a killed run
    return Promise.resolve();
  }

  launch() {
    const { dataFolder, clientPort } = this.options;
    const clusterId = createHash('sha256').update(dataFolder).digest().subarray(0, 16).toString('base64url');
    const format = `/opt/kafka/bin/kafka-storage.sh format --ignore-formatted -t ${clusterId} -c /settings/kafka.properties`;
    // The user of this process owns the files in the data folder, so that `npm run reset` can delete them.
    const own = process.getuid && process.getgid ? ['--user', `${process.getuid()}:${process.getgid()}`] : [];
    const ports = ['-p', `127.0.0.1:${clientPort}:${clientPort}`];
    const volumes = [
      '-v',
      `${dataFolder}:/data`,
      '-v',
      `${this.settingsFile}:/settings/kafka.properties:ro`,
      '-v',
      `${kafkaLogging}:/settings/log4j2.xml:ro`,
    ];
    const environment = Object.entries(jvm).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const script = `${format} && exec /opt/kafka/bin/kafka-server-start.sh /settings/kafka.properties`;
    const options = ['run', '--rm', '--name', this.container, ...own, ...ports, ...volumes, ...environment, '--entrypoint', '/bin/sh'];
    const args = [...options, `apache/kafka:${kafkaVersion}`, '-c', script];
    return { command: this.docker, args };
  }

  async readiness(): Promise<Readiness> {
    return { state: (await answersMetadata('127.0.0.1', this.options.clientPort)) ? 'ready' : 'starting' };
  }

  killOutside(): void {
    spawnSync(this.docker, ['rm', '-f', this.container], { stdio: 'ignore' });
  }

  private get settingsFile(): string {
    return join(dirname(this.options.dataFolder), `${this.name}.properties`);
  }
}
