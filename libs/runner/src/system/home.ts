import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { config } from '../config.js';
import { repository } from '../workspace/repository.js';

export type BrokerKind = 'kafka' | 'postgres';

/** The data folder of a system, and the paths in it. */
export class Home {
  readonly folder: string;

  constructor(folder: string = config.home ?? join(repository, '.ftgo')) {
    this.folder = resolve(folder);
  }

  /** Other users may traverse it (Postgres, if this runs as root), but not list it. */
  create(): void {
    mkdirSync(this.folder, { recursive: true });
    chmodSync(this.folder, 0o711);
    mkdirSync(this.logs, { recursive: true, mode: 0o700 });
    mkdirSync(this.pids, { recursive: true, mode: 0o700 });
  }

  get logs(): string {
    return join(this.folder, 'logs');
  }

  get pids(): string {
    return join(this.folder, 'run');
  }

  get supervisorPid(): string {
    return join(this.folder, 'supervisor.pid');
  }

  get ports(): string {
    return join(this.folder, 'ports.json');
  }

  get postgresData(): string {
    return join(this.folder, 'postgres');
  }

  get kafkaData(): string {
    return join(this.folder, 'kafka');
  }

  /** The certificate and the passwords of a secured Kafka. */
  get kafkaSecurity(): string {
    return join(this.folder, 'kafka-security');
  }

  registryData(kind: string): string {
    return join(this.folder, kind);
  }

  /** The broker that was used when the data was created. */
  broker(): BrokerKind | undefined {
    if (existsSync(this.brokerFile)) return readFileSync(this.brokerFile, 'utf8') as BrokerKind;
    return existsSync(this.kafkaData) ? 'kafka' : undefined;
  }

  rememberBroker(kind: BrokerKind): void {
    writeFileSync(this.brokerFile, kind);
  }

  private get brokerFile(): string {
    return join(this.folder, 'broker');
  }

  /** True after a restore of the databases, until the topics are restored too. */
  get isRestored(): boolean {
    return existsSync(this.restoredFile);
  }

  noteRestored(): void {
    writeFileSync(this.restoredFile, '');
  }

  noteTopicsRestored(): void {
    rmSync(this.restoredFile, { force: true });
  }

  private get restoredFile(): string {
    return join(this.folder, 'restored');
  }

  log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  files(name: string): { log: string; pid: string } {
    return { log: this.log(name), pid: join(this.pids, `${name}.pid`) };
  }

  /** The claims of the accounts of identity-service. */
  get accounts(): string {
    return join(this.folder, 'accounts.json');
  }

  /** The password of the demo accounts, for the person who runs the system. */
  get accountsPassword(): string {
    return join(this.folder, 'accounts-password');
  }

  /** The access token of the operator who has signed in. */
  get operatorToken(): string {
    return join(this.folder, 'operator-token');
  }

  /** The control socket of the running system. The path of a socket is limited to about 100 characters. */
  get controlSocket(): string {
    const socket = join(this.folder, 'control.sock');
    if (Buffer.byteLength(socket) < 100) return socket;
    return join(tmpdir(), `ftgo-${createHash('sha256').update(this.folder).digest('hex').slice(0, 16)}.sock`);
  }

  /** The secret from which the passwords of the databases are derived; created once, readable by the owner only. */
  secret(): string {
    const file = join(this.folder, 'secret');
    if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
    return readFileSync(file, 'utf8');
  }
}
