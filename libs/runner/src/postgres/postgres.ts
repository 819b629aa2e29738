import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { config } from '../config.js';
import type { Launch, Program, Readiness, StopStep } from '../process/program.js';
import { UserError } from '../user-error.js';
import { postgresBinaries } from './binaries.js';
import { prepareDataFolder } from './data-folder.js';
import { type FollowedServer, makeStandby } from './standby.js';

interface PostgresOptions {
  readonly name?: string;
  readonly dataFolder: string;
  readonly port: number;
  /** The password of the administrator, `postgres`. */
  readonly password: string;
  /** False if the data may be lost when the machine crashes (tests). */
  readonly isDurable: boolean;
  /** Further server settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Makes it a physical standby named `name`, copied from this running server on its first start, with the same password. */
  readonly standbyOf?: FollowedServer;
}

/** PostgreSQL from the binaries that npm installed, on the loopback interface, configured for logical replication. */
export class PostgresProgram implements Program {
  readonly name: string;
  readonly readyWithinMs = 30_000;
  readonly stopSteps: readonly StopStep[] = [
    ['SIGINT', 4_000], // fast: terminates the sessions, writes a checkpoint
    ['SIGQUIT', 2_000], // immediate: recovers on the next start
  ];

  constructor(private readonly options: PostgresOptions) {
    this.name = options.name ?? 'postgres';
  }

  get adminUrl(): string {
    return `postgres://postgres:${this.options.password}@127.0.0.1:${this.options.port}/postgres`;
  }

  async prepare(): Promise<void> {
    const { dataFolder: folder, password, standbyOf: primary } = this.options;
    if (primary && !existsSync(join(folder, 'PG_VERSION'))) await makeStandby({ primary, name: this.name, folder });
    await prepareDataFolder(folder, password);
  }

  launch(): Launch {
    const { folder, runAs } = postgresBinaries();
    const { dataFolder, port, isDurable } = this.options;
    const settings = { ...serverSettings, ...(isDurable ? {} : { fsync: 'off', full_page_writes: 'off' }), ...this.options.settings };
    const args = [
      '-D',
      realpathSync(dataFolder),
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ];
    return { command: join(folder, 'postgres'), args, ...runAs, cwd: '/', env: { ...config.inherited, LC_ALL: 'C' } };
  }

  async readiness(): Promise<Readiness> {
    if (!existsSync(join(this.options.dataFolder, 'postmaster.pid'))) return { state: 'starting' };
    const client = new Client({ connectionString: this.adminUrl, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('SELECT 1');
      return { state: 'ready' };
    } catch (error) {
      // A starting server needs patience; a wrong password would never succeed.
      if ((error as { code?: string }).code !== '28P01') return { state: 'starting' };
      throw new UserError(`the data in ${this.options.dataFolder} was created with another password; delete it with npm run reset`, {
        cause: error,
      });
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** After a SIGKILL, the server's child processes need a moment to exit. */
  isTemporaryFailure(lastOutput: string): boolean {
    return /pre-existing shared memory block|lock file ".*" already exists/.test(lastOutput);
  }
}

const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_replication_slots: '60',
  max_wal_senders: '60',
  max_connections: '300',
  log_checkpoints: 'off',
};
