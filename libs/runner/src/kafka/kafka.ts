import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand } from '../process/find-command.js';
import type { Readiness } from '../process/program.js';
import { UserError } from '../user-error.js';
import { DockerKafka } from './docker-kafka.js';
import { assignNode, hasJars, installKafka, javaArgs, type KafkaInstallation, kafkaVersion, settingsOf } from './installation.js';
import { findJava, type Java } from './java.js';
import type { KafkaOptions, KafkaProgram } from './kafka-program.js';
import { acceptsTls, answersMetadata } from './probe.js';
import { certificateIn } from './security/certificate.js';
import { openTo, prepareSecurity } from './security/secured-kafka.js';

/** A Java that can run Kafka, whose jars are installed or can be downloaded. */
function usableJava(): Java | undefined {
  const java = findJava();
  return java && java.major >= 17 && (hasJars() || findCommand('mvn')) ? java : undefined;
}

function usableDocker(): string | undefined {
  const docker = findCommand('docker');
  return docker && spawnSync(docker, ['info'], { stdio: 'ignore' }).status === 0 ? docker : undefined;
}

/** What is missing to start Kafka on this machine; undefined if nothing is. */
export function whyNoKafka(): string | undefined {
  if (usableJava() || usableDocker()) return undefined;
  const java = findJava();
  if (!java) return 'Java not found';
  return java.major < 17 ? `Java ${java.major} is too old` : 'Maven not found';
}

/** What is missing to start a secured Kafka on this machine; undefined if nothing is. */
export const whyNoSecuredKafka = (): string | undefined => (usableJava() ? undefined : 'a secured Kafka needs Java 17 or newer with Maven');

/**
 * Kafka from Java and Maven if they are installed, otherwise from Docker; otherwise a one-line error with what to install.
 */
export async function kafkaProgram(options: KafkaOptions, report: (line: string) => void): Promise<KafkaProgram> {
  const usable = usableJava();
  if (usable) return new JavaKafka(options, await installKafka(usable, report));
  if (options.cluster) throw new UserError('cannot start several Kafka nodes: they need Java 17 or newer with Maven');
  if (options.securityFolder)
    throw new UserError(
      `cannot start Kafka: ${whyNoSecuredKafka()}; install them, or delete the data with npm run reset, then set FTGO_BROKER=postgres`,
    );
  const engine = usableDocker();
  if (engine) return new DockerKafka(options, engine);
  const [java, docker] = [findJava(), findCommand('docker')];
  const why = [
    java ? `Java ${java.major} found` : 'java not found in the PATH',
    findCommand('mvn') ? '' : 'mvn not found in the PATH',
    docker ? 'the Docker engine does not respond' : 'docker not found in the PATH',
  ];
  throw new UserError(
    `cannot start Kafka ${kafkaVersion}: it needs Java 17 or newer with Maven, or Docker (${why.filter(Boolean).join('; ')}); install one of them, or set FTGO_KAFKA_BROKERS=host:port or FTGO_BROKER=postgres`,
  );
}

/** Kafka from the jars of Maven Central, in a JVM that is tuned for a fast start. */
class JavaKafka implements KafkaProgram {
  readonly name: string;
  readonly readyWithinMs = 60_000;
  readonly stopSteps = [['SIGTERM', 6_000]] as const;
  private readonly archiveInMaking: string;
  /** Whether the users of a secured Kafka were set up since its start. */
  private hasUsers = false;

  constructor(
    private readonly options: KafkaOptions,
    private readonly installation: KafkaInstallation,
  ) {
    this.name = options.name ?? 'kafka';
    this.archiveInMaking = `${installation.classArchive}.${process.pid}.${options.clientPort}`;
  }

  get brokers(): string {
    return `127.0.0.1:${this.options.clientPort}`;
  }

  prepare(): Promise<void> {
    const { dataFolder, securityFolder } = this.options;
    this.hasUsers = false;
    if (securityFolder) prepareSecurity(securityFolder);
    if (!existsSync(dataFolder)) {
      mkdirSync(dirname(dataFolder), { recursive: true });
      rmSync(`${dataFolder}.new`, { recursive: true, force: true });
      cpSync(this.installation.formattedFolder, `${dataFolder}.new`, { recursive: true });
      if (this.options.cluster) assignNode(`${dataFolder}.new`, this.options.cluster.node);
      renameSync(`${dataFolder}.new`, dataFolder);
    }
    writeFileSync(this.settingsFile, settingsOf(this.options), { mode: 0o600 });
    return Promise.resolve();
  }

  launch() {
    const { classArchive, java } = this.installation;
    const archive = existsSync(classArchive) ? `-XX:SharedArchiveFile=${classArchive}` : `-XX:ArchiveClassesAtExit=${this.archiveInMaking}`;
    return {
      command: java.command,
      args: javaArgs(this.installation, ['kafka.Kafka', this.settingsFile], [archive, '-Xlog:cds=off', '-Xlog:cds+dynamic=off']),
    };
  }

  async readiness(): Promise<Readiness> {
    const { clientPort: port, securityFolder } = this.options;
    if (!securityFolder) return { state: (await answersMetadata('127.0.0.1', port)) ? 'ready' : 'starting' };
    if (!this.hasUsers) {
      const readiness = await openTo(securityFolder, port);
      this.hasUsers = readiness.state === 'ready';
      return readiness;
    }
    return { state: (await acceptsTls({ host: '127.0.0.1', port, caFile: certificateIn(securityFolder).caFile })) ? 'ready' : 'starting' };
  }

  /** The first node that stops gracefully writes a class data archive, with which later ones start twice as fast. */
  afterExit(wasAsked: boolean): void {
    if (!existsSync(this.archiveInMaking)) return;
    if (wasAsked && !existsSync(this.installation.classArchive)) renameSync(this.archiveInMaking, this.installation.classArchive);
    else rmSync(this.archiveInMaking, { force: true });
  }

  private get settingsFile(): string {
    return join(dirname(this.options.dataFolder), `${this.name}.properties`);
  }
}
