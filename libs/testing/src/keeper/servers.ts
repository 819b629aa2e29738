import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { kafkaProgram } from '@ftgo/runner/kafka';
import { PostgresProgram } from '@ftgo/runner/postgres';
import { freePorts, ProgramProcess } from '@ftgo/runner/processes';
import { passwordsFrom, provision } from '@ftgo/runner/provision';
import { ownedFolder } from '../owned-folder.js';
import type { KafkaAddress, KafkaKind, PostgresAddress, PrivateKafkaAddress, PrivateServer } from './protocol.js';

/** The servers of one test run, in a separate folder. */
export class TestServers {
  private readonly folder: string;
  private readonly running = new Map<string, ProgramProcess>();
  /** Gives a stopped server another port. */
  private readonly moves = new Map<string, () => Promise<KafkaAddress | PostgresAddress>>();
  private readonly postgresOptions = new Map<string, ConstructorParameters<typeof PostgresProgram>[0]>();
  private sharedPostgres: Promise<PostgresAddress> | undefined;
  private sharedKafka: Promise<KafkaAddress> | undefined;

  constructor() {
    this.folder = ownedFolder();
  }

  /** One for all specs, started on first use. */
  postgres(): Promise<PostgresAddress> {
    this.sharedPostgres ??= this.givenPostgres() ?? this.startPostgres().then(({ address }) => address);
    return this.sharedPostgres;
  }

  /** One for all specs, started on first use. */
  kafka(): Promise<KafkaAddress> {
    const given = process.env['FTGO_KAFKA_BROKERS'];
    this.sharedKafka ??= given ? Promise.resolve({ brokers: given }) : this.startKafka().then(({ address }) => address);
    return this.sharedKafka;
  }

  async startPostgres(isDurable = false): Promise<PrivateServer<PostgresAddress>> {
    const name = `postgres-${randomBytes(4).toString('hex')}`;
    const secret = randomBytes(16).toString('hex');
    const [port = 0] = await freePorts(1);
    const options = { name, port, dataFolder: join(this.folder, name), password: secret, isDurable };
    const program = new PostgresProgram(options);
    this.postgresOptions.set(name, options);
    await this.start(name, new ProgramProcess(program, this.files(name)));
    this.moves.set(name, async () => {
      [options.port = 0] = await freePorts(1);
      return { adminUrl: program.adminUrl, secret };
    });
    await provision({ adminUrl: program.adminUrl, databases: [], passwordOf: passwordsFrom(secret), isOwnServer: true });
    return { id: name, address: { adminUrl: program.adminUrl, secret } };
  }

  /** Starts a physical standby of a private server; its id is also the name by which that server knows it. */
  async startStandby(of: string): Promise<PrivateServer<PostgresAddress>> {
    const primary = this.postgresOptions.get(of);
    if (!primary) throw new Error(`server ${of} not found`);
    const name = `postgres_${randomBytes(4).toString('hex')}`;
    const [port = 0] = await freePorts(1);
    const { password: secret, dataFolder } = primary;
    const { adminUrl } = new PostgresProgram(primary);
    const options = { ...primary, name, port, dataFolder: join(this.folder, name), standbyOf: { adminUrl, dataFolder } };
    const program = new PostgresProgram({ ...options, settings: { hot_standby_feedback: 'on' } });
    await this.start(name, new ProgramProcess(program, this.files(name)));
    return { id: name, address: { adminUrl: program.adminUrl, secret } };
  }

  async startKafka({ advertisedPort, isSecured = false }: KafkaKind = {}): Promise<PrivateServer<PrivateKafkaAddress>> {
    const name = `kafka-${randomBytes(4).toString('hex')}`;
    const [clientPort = 0, controllerPort = 0] = await freePorts(2);
    const securityFolder = isSecured ? join(this.folder, `${name}-security`) : undefined;
    const options = {
      name,
      dataFolder: join(this.folder, name),
      clientPort,
      controllerPort,
      ...(securityFolder ? { securityFolder } : {}),
      ...(advertisedPort ? { advertisedPort } : {}),
    };
    const program = await kafkaProgram(options, (line) => console.log(line));
    await this.start(name, new ProgramProcess(program, this.files(name)));
    this.moves.set(name, async () => {
      [options.clientPort = 0] = await freePorts(1);
      return { brokers: program.brokers };
    });
    return { id: name, address: { brokers: program.brokers, dataFolder: options.dataFolder, securityFolder } };
  }

  /** Kills, stops, discards or starts a private server, on its old port or on a new one; returns its address. */
  async act(id: string, action: string): Promise<unknown> {
    const server = this.running.get(id);
    if (!server) throw new Error(`server ${id} not found`);
    if (action === 'kill') return server.kill();
    if (action === 'stop') return server.stop();
    if (action === 'start') return server.start();
    if (action === 'move') return this.move(id, server);
    if (action === 'standby') return this.startStandby(id);
    if (action === 'discard') return this.discard(id, server);
    throw new Error(`unknown action ${action}`);
  }

  private async discard(id: string, server: ProgramProcess): Promise<void> {
    await server.kill();
    this.running.delete(id);
    this.moves.delete(id);
    this.postgresOptions.delete(id);
    rmSync(join(this.folder, id), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  private async move(id: string, server: ProgramProcess): Promise<KafkaAddress | PostgresAddress> {
    const move = this.moves.get(id);
    if (!move) throw new Error(`server ${id} not found`);
    const address = await move();
    await server.start();
    return address;
  }

  /** The data is no longer needed: everything is killed and deleted, except for files that speed up the next run. */
  async close(): Promise<void> {
    await Promise.all([...this.running].map(([name, server]) => (name.startsWith('kafka') ? server.stop() : server.kill())));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  private async start(name: string, server: ProgramProcess): Promise<void> {
    this.running.set(name, server);
    await server.start();
  }

  private files(name: string) {
    return { log: join(this.folder, `${name}.log`), pid: join(this.folder, `${name}.pid`) };
  }

  private givenPostgres(): Promise<PostgresAddress> | undefined {
    const adminUrl = process.env['FTGO_POSTGRES_URL'];
    if (!adminUrl) return undefined;
    // The secret is the administrator's password, so that concurrent runs derive the same passwords for the roles.
    const secret = new URL(adminUrl).password || adminUrl;
    return provision({ adminUrl, databases: [], passwordOf: passwordsFrom(secret), isOwnServer: false }).then(() => ({ adminUrl, secret }));
  }
}
