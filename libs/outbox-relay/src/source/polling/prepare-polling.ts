import { randomInt } from 'node:crypto';
import { pause } from '@ftgo/messaging/broker';
import type { Client } from 'pg';
import type { Published } from '../../backfill/round.js';
import { Checkpoint, type StoredCheckpoint } from '../../checkpoint/checkpoint.js';
import { polledProof, publisherOf } from '../../checkpoint/proof.js';
import type { SourceContext } from '../../database/attempt.js';
import { takeLeaderLock } from '../../database/leader-lock.js';
import { checkForPolling } from '../../database/preflight.js';
import { standbyMs } from '../../database/waits.js';
import { sqlState, sqlStateOf } from '../../relay-errors.js';
import { dropSlot, findSlot } from '../wal/slot.js';
import { createPollingIndex } from './polling-index.js';
import { PollingSource } from './polling-source.js';

/** Returns a source that polls the table, from where the last relay stopped, whatever source it used. */
export async function preparePolling(context: SourceContext): Promise<PollingSource> {
  const { control, slot, publication, url, report, skips } = context;
  const watch = { url, applicationName: `relay of ${slot} (watching)` };
  await checkForPolling(control);
  await untilLeading(context);
  await createPollingIndex(control, watch);
  await skips.read(control);
  const { systemIdentifier, outbox } = await identify(control);
  const checkpoint = new Checkpoint({ client: control, slot, publication });
  const stored = await checkpoint.read();
  const published = publishedBefore(stored, systemIdentifier);
  if (stored && stored.systemIdentifier !== systemIdentifier) report.alarm(otherServer);
  if (!isOurs(stored, systemIdentifier)) await checkpoint.expectBackfill(systemIdentifier, published.snapshot);
  const proof = polledProof(outbox);
  let hasSlot = (await findSlot(control, slot)) !== undefined;
  const store = async ({ snapshot, restored }: Published) => {
    if (snapshot === undefined) return;
    await checkpoint.backfilled({ snapshot, restored, position: 0, systemIdentifier, proof });
    if (hasSlot) await dropIdleSlot(context);
    hasSlot = false;
  };
  return new PollingSource({ ...context, watch, published, store });
}

const otherServer = 'the data was restored on another server: every message of the outbox is published again';

/** Stands by while another relay leads. */
async function untilLeading({ control, slot: name, signal, report }: SourceContext): Promise<void> {
  for (;;) {
    const slot = await findSlot(control, name);
    if (!slot?.isActive && (await takeLeaderLock(control, name))) return;
    report.standsBy();
    await pause(randomInt(standbyMs.from, standbyMs.to), signal);
    signal.throwIfAborted();
  }
}

async function identify(control: Client): Promise<{ systemIdentifier: string; outbox: number }> {
  const { rows } = await control.query<{ systemIdentifier: string; outbox: number }>(
    `SELECT system_identifier::text AS "systemIdentifier", 'outbox'::regclass::oid::int8::float8 AS outbox FROM pg_control_system()`,
  );
  return rows[0] as { systemIdentifier: string; outbox: number };
}

/** Snapshots of another server are meaningless here. */
function publishedBefore(stored: StoredCheckpoint | undefined, systemIdentifier: string): Published {
  if (stored?.systemIdentifier !== systemIdentifier) return { snapshot: undefined, restored: undefined };
  return { snapshot: stored.snapshot, restored: stored.restored };
}

/** True if the checkpoint was stored by a polling relay. */
const isOurs = (stored: StoredCheckpoint | undefined, systemIdentifier: string): boolean =>
  stored !== undefined &&
  publisherOf(stored.proof) === 'polling' &&
  !stored.backfillPending &&
  stored.systemIdentifier === systemIdentifier;

/** Drops the slot: an unread slot retains the log until the disk is full. */
async function dropIdleSlot({ control, slot, report }: SourceContext): Promise<void> {
  try {
    await dropSlot(control, slot);
  } catch (error) {
    if (sqlStateOf(error) !== sqlState.insufficientPrivilege) throw error;
    report.alarm(`slot ${slot} is no longer read but retains the log: SELECT pg_drop_replication_slot('${slot}')`);
  }
}
