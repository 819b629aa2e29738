import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaProgram } from '@ftgo/runner/kafka';
import { PostgresProgram } from '@ftgo/runner/postgres';
import { freePorts, lastLines, ProgramProcess } from '@ftgo/runner/processes';
import { type FaultProxy, faultProxy, ownedFolder } from '@ftgo/testing';
import { Client } from 'pg';
import { LimitedDisk } from './limited-disk.js';

/** A server whose clients all go through a proxy. */
export interface ProxiedServer {
  readonly process: ProgramProcess;
  readonly proxy: FaultProxy;
  /** The last lines of its output. */
  logs(): string;
}

/** The Postgres and the Kafka of a system, whose connections, processes and disk can fail. */
export class Servers {
  private constructor(
    private readonly folder: string,
    readonly postgres: ProxiedServer & { readonly url: string },
    readonly kafka: ProxiedServer,
    /** The disk of Postgres, or the reason why it is not limited. */
    readonly disk: LimitedDisk | string,
  ) {}

  static async start(): Promise<Servers> {
    const folder = ownedFolder();
    const disk = LimitedDisk.mount();
    const [postgres, kafka] = await Promise.all([
      startPostgres(folder, typeof disk === 'string' ? folder : disk.folder),
      startKafka(folder),
    ]);
    return new Servers(folder, postgres, kafka, disk);
  }

  get addresses() {
    return { postgresUrl: this.postgres.url, kafkaBrokers: this.kafka.proxy.address };
  }

  /** Ends every fault: both run and can be reached. Lost connections stay silent, and must be noticed. */
  async heal(): Promise<void> {
    if (typeof this.disk !== 'string') this.disk.free();
    for (const { process, proxy } of [this.postgres, this.kafka]) {
      await proxy.admit('forward');
      proxy.delay(0);
      if (!process.isRunning) await process.start();
    }
  }

  async close(): Promise<void> {
    for (const { process, proxy } of [this.postgres, this.kafka]) {
      proxy.close();
      await process.kill();
    }
    if (typeof this.disk !== 'string') this.disk.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

const filesOf = (folder: string, name: string) => ({ log: join(folder, `${name}.log`), pid: join(folder, `${name}.pid`) });

async function startPostgres(folder: string, dataFolder: string): Promise<Servers['postgres']> {
  const [port = 0] = await freePorts(1);
  const password = randomBytes(16).toString('hex');
  const program = new PostgresProgram({ dataFolder: join(dataFolder, 'postgres'), port, password, isDurable: false });
  const files = filesOf(folder, 'postgres');
  const process = new ProgramProcess(program, files);
  await process.start();
  await limitLog(program.adminUrl);
  const proxy = await faultProxy({ to: `127.0.0.1:${port}` });
  return { process, proxy, url: proxy.url(program.adminUrl), logs: () => lastLines(files.log, 500) };
}

/** The write-ahead log must not fill the disk by itself. */
async function limitLog(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`ALTER SYSTEM SET max_wal_size = '128MB'`);
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}

async function startKafka(folder: string): Promise<ProxiedServer> {
  const [clientPort = 0, controllerPort = 0, advertisedPort = 0] = await freePorts(3);
  const options = { dataFolder: join(folder, 'kafka'), clientPort, controllerPort, advertisedPort };
  const files = filesOf(folder, 'kafka');
  const process = new ProgramProcess(await kafkaProgram(options, (line) => console.log(line)), files);
  await process.start();
  const proxy = await faultProxy({ to: `127.0.0.1:${clientPort}`, port: advertisedPort });
  return { process, proxy, logs: () => lastLines(files.log, 500) };
}
