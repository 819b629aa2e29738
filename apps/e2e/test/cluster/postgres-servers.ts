import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { hostsOf } from '@ftgo/messaging/postgres';
import { PostgresProgram } from '@ftgo/runner/postgres';
import { freePorts, ProgramProcess } from '@ftgo/runner/processes';
import { eventually } from '@ftgo/testing';
import { Client, type QueryResultRow } from 'pg';

interface Server {
  readonly name: string;
  readonly program: PostgresProgram;
  readonly dataFolder: string;
  readonly process: ProgramProcess;
}

/** Two instances of every service, each with a pool. */
const settings = { max_connections: '600', max_wal_size: '256MB' };
/** What a standby needs to copy the primary's slots. */
const copyingSlots = { sync_replication_slots: 'on', hot_standby_feedback: 'on' };
const slotsWithinMs = 60_000;

/** A primary, and further servers that one after the other become its standby and are promoted. */
export class PostgresServers {
  private running: Server;
  private standby: Server | undefined;

  private constructor(
    private readonly folder: string,
    private readonly password: string,
    private readonly ports: readonly number[],
  ) {
    this.running = this.server(0);
  }

  static async start(folder: string, count: number): Promise<PostgresServers> {
    const servers = new PostgresServers(folder, randomBytes(16).toString('hex'), await freePorts(count));
    await servers.running.process.start();
    return servers;
  }

  /** The administrator's URL with every server, of which those that do not exist yet refuse connections. */
  get url(): string {
    const hosts = this.ports.map((port) => `127.0.0.1:${port}`).join(',');
    return this.running.program.adminUrl.replace(hostsOf(this.running.program.adminUrl), hosts);
  }

  /** Adds a standby, which has every commit before it is acknowledged and every message before it is published. */
  async addStandby({ copiesSlots }: { readonly copiesSlots: boolean }): Promise<void> {
    const { adminUrl } = this.running.program;
    const standby = this.server(this.ports.indexOf(Number(new URL(adminUrl).port)) + 1, { copiesSlots });
    this.standby = standby;
    await standby.process.start();
    await query(adminUrl, `ALTER SYSTEM SET synchronous_standby_names = '${standby.name}'`);
    await query(adminUrl, `ALTER SYSTEM SET synchronized_standby_slots = '${standby.name}'`);
    await query(adminUrl, 'SELECT pg_reload_conf()');
    await eventually(async () => {
      const rows = await query(adminUrl, "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'");
      if (rows.length === 0) throw new Error(`${standby.name} does not follow synchronously`);
    });
  }

  /** Waits until the standby could continue with the slots of all these databases. */
  async untilSlotsAreCopied(databases: readonly string[]): Promise<void> {
    const { standby, running } = this;
    if (!standby) throw new Error('there is no standby');
    await eventually(
      async () => {
        // A slot is copied once the primary has written such a snapshot behind its position, which it does every 15 s.
        await query(running.program.adminUrl, 'SELECT pg_log_standby_snapshot()');
        const rows = await query(standby.program.adminUrl, 'SELECT database FROM pg_replication_slots WHERE synced AND NOT temporary');
        const missing = databases.filter((database) => !rows.some((row) => row['database'] === database));
        if (missing.length > 0) throw new Error(`the standby lacks the slots of ${missing.join(', ')}`);
      },
      { timeoutMs: slotsWithinMs, intervalMs: 500 },
    );
  }

  /** Kills the primary and promotes the standby. */
  async failOver(): Promise<void> {
    const { standby } = this;
    if (!standby) throw new Error('there is no standby');
    await this.running.process.kill();
    await query(standby.program.adminUrl, 'SELECT pg_promote()');
    this.running = standby;
    this.standby = undefined;
  }

  logs(): ReadonlyArray<readonly [string, string]> {
    return [this.running, ...(this.standby ? [this.standby] : [])].map(({ name, process }) => [name, process.lastOutput(500)]);
  }

  async close(): Promise<void> {
    await Promise.all([this.running.process.kill(), this.standby?.process.kill()]);
  }

  private server(index: number, standby?: { readonly copiesSlots: boolean }): Server {
    const { folder, password } = this;
    const name = `postgres_${index + 1}`;
    const dataFolder = join(folder, name);
    const port = this.ports[index] as number;
    const follows = standby && { adminUrl: this.running.program.adminUrl, dataFolder: this.running.dataFolder };
    const program = new PostgresProgram({
      name,
      dataFolder,
      port,
      password,
      isDurable: false,
      settings: { ...settings, ...(standby?.copiesSlots ? copyingSlots : {}) },
      ...(follows ? { standbyOf: follows } : {}),
    });
    const process = new ProgramProcess(program, { log: join(folder, `${name}.log`), pid: join(folder, `${name}.pid`) });
    return { name, program, dataFolder, process };
  }
}

async function query(url: string, text: string): Promise<QueryResultRow[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<QueryResultRow>(text)).rows;
  } finally {
    await client.end();
  }
}
