import type { Client } from 'pg';
import { formatLsn, type Lsn, parseLsn } from './lsn.js';

export const heartbeatPrefix = 'messaging.heartbeat';

export interface StoredCheckpoint {
  readonly snapshot: string;
  readonly systemIdentifier: string;
  readonly sweepPending: boolean;
}

interface Candidate {
  readonly snapshot: string;
  readonly lsn: Lsn;
}

/**
 * What is proved to be published: everything that `snapshot` sees. A snapshot is taken, then the end of the log; all
 * that the snapshot sees was committed before that position, so once it is acknowledged the snapshot may be stored.
 */
export class Checkpoint {
  private candidate: Candidate | undefined;
  /** When it was last stored, or found. */
  storedAt = performance.now();
  /** Where the log ended when it was last looked at. */
  logEnd: Lsn = 0;

  private canFlush: boolean | undefined;

  constructor(
    private readonly client: Client,
    private readonly name: string,
  ) {}

  async read(): Promise<StoredCheckpoint | undefined> {
    const { rows } = await this.client.query<{ snapshot: string; system_identifier: string; sweep_pending: boolean }>(
      'SELECT snapshot::text, system_identifier, sweep_pending FROM relay_checkpoint WHERE name = $1',
      [this.name],
    );
    const [row] = rows;
    return row && { snapshot: row.snapshot, systemIdentifier: row.system_identifier, sweepPending: row.sweep_pending };
  }

  /** From here on the log may have a gap, until a sweep has been made. */
  async expectSweep(): Promise<void> {
    await this.client.query('UPDATE relay_checkpoint SET sweep_pending = true WHERE name = $1', [this.name]);
  }

  /** The sweep is done: everything that this snapshot sees is published. */
  async swept(snapshot: string, systemIdentifier: string): Promise<void> {
    await this.client.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier) VALUES ($1, '0/0', $2, $3)
        ON CONFLICT (name) DO UPDATE SET acked_lsn = '0/0', snapshot = excluded.snapshot,
          system_identifier = excluded.system_identifier, sweep_pending = false, updated_at = clock_timestamp()`,
      [this.name, snapshot, systemIdentifier],
    );
  }

  /** One beat, about every second: writes a heartbeat into the log, and stores what has been acknowledged meanwhile. */
  async beat(acked: Lsn, heartbeat: string): Promise<void> {
    if (this.candidate && acked >= this.candidate.lsn) {
      await this.client.query({
        name: 'relay-checkpoint',
        text: 'UPDATE relay_checkpoint SET acked_lsn = $2, snapshot = $3, updated_at = clock_timestamp() WHERE name = $1',
        values: [this.name, formatLsn(acked), this.candidate.snapshot],
      });
      this.candidate = undefined;
      this.storedAt = performance.now();
    }
    this.canFlush ??= await this.knowsHowToFlush();
    // Left to right: the statement's snapshot, then the position. The last argument flushes; without it, before
    // PostgreSQL 17, the log writer takes up to 0.2 s.
    const { rows } = await this.client.query<{ snapshot: string; lsn: string }>({
      name: 'relay-heartbeat',
      text: `SELECT pg_current_snapshot()::text AS snapshot, pg_current_wal_insert_lsn()::text AS lsn,
        pg_logical_emit_message(false, $1, $2${this.canFlush ? ', true' : ''})`,
      values: [heartbeatPrefix, heartbeat],
    });
    const { snapshot, lsn } = rows[0] as { snapshot: string; lsn: string };
    this.logEnd = parseLsn(lsn);
    this.candidate ??= { snapshot, lsn: this.logEnd };
  }

  private async knowsHowToFlush(): Promise<boolean> {
    const { rows } = await this.client.query<{ known: boolean }>(`SELECT current_setting('server_version_num')::int >= 170000 AS known`);
    return rows[0]?.known ?? false;
  }
}
