import { randomInt } from 'node:crypto';
import { pause } from '@ftgo/messaging/broker';
import { Checkpoint } from '../../checkpoint/checkpoint.js';
import type { SourceContext } from '../../database/attempt.js';
import { isLeaderLockTaken, takeLeaderLock } from '../../database/leader-lock.js';
import type { Transactions } from '../../database/old-transactions.js';
import { checkForLog, retainsAnything } from '../../database/preflight.js';
import { standbyMs } from '../../database/waits.js';
import { SlotBeingCreated, SlotIsTaken } from '../../relay-errors.js';
import { dropPollingIndex } from '../polling/polling-index.js';
import { closeGap, type Gap } from './gap.js';
import { ReplicationSession } from './replication-session.js';
import { findSlot } from './slot.js';
import { blockersOfOther } from './slot-creation.js';
import { WalSource } from './wal-source.js';

/** Publishes from the table what the log may lack, and returns a source that reads the log from there. */
export async function prepareWal(context: SourceContext): Promise<WalSource> {
  const { control, slot, publication, url, skips, databases, logger } = context;
  await checkForLog(control, { publication, databases });
  await untilSlotIsFree(context);
  const session = await ReplicationSession.connect(url, `relay of ${slot}`, context.onLost);
  context.keep(session);
  const checkpoint = new Checkpoint({ client: control, slot, publication });
  await skips.read(control);
  const systemIdentifier = await session.systemIdentifier();
  if (!(await takeLeaderLock(control, slot))) throw await whySlotIsTaken(context);
  if (await retainsAnything(control))
    logger.warn('max_slot_wal_keep_size is unlimited: while the relay is down, the log may fill the disk; limit it to part of the disk', {
      database: context.database,
    });
  const outbox = await closeGapOf(context, checkpoint, systemIdentifier);
  if ((await findSlot(control, slot))?.lacksFailover) await session.enableFailover(slot);
  await dropPollingIndex(control);
  return new WalSource({ ...context, session, checkpoint, outbox });
}

/** Stands by while another relay leads; one connection waits, and checks at intervals. */
async function untilSlotIsFree(context: SourceContext): Promise<void> {
  const { control, slot: name, signal, report } = context;
  for (;;) {
    const slot = await findSlot(control, name);
    if (!slot?.isActive && !(await isLeaderLockTaken(control, name))) return;
    const why = await whySlotIsTaken(context);
    if (slot?.isBeingCreated || why instanceof SlotBeingCreated) report.enter('waiting', why.message);
    else report.standsBy();
    await pause(randomInt(standbyMs.from, standbyMs.to), signal);
    signal.throwIfAborted();
  }
}

/** Resolves to the outbox's oid. */
async function closeGapOf(context: SourceContext, checkpoint: Checkpoint, systemIdentifier: string): Promise<number> {
  const { url, slot, report } = context;
  const { outbox, backfilled } = await closeGap({
    ...context,
    checkpoint,
    systemIdentifier,
    watch: { url, applicationName: `relay of ${slot} (watching)` },
    onGap: (gap) => noteGap(context, gap),
    takenError: () => whySlotIsTaken(context),
    onWaiting: (found) => waitFor(context, found),
    onStart: () => report.enter('backfilling'),
  });
  if (backfilled) report.backfilled(backfilled.rows);
  return outbox;
}

function noteGap({ report }: SourceContext, { reason, kind }: Gap): void {
  report.isProved = kind === 'expected' ? undefined : false;
  if (kind === 'alarm') report.alarm(reason);
  if (kind !== 'expected') report.enter('waiting', reason);
}

async function whySlotIsTaken({ control, slot }: SourceContext): Promise<Error> {
  const wait = await blockersOfOther(control, slot);
  return wait ? new SlotBeingCreated(slot, wait.description) : new SlotIsTaken(slot);
}

function waitFor({ slot, signal, report }: SourceContext, { count, description }: Transactions): void {
  if (signal.aborted || count === 0) return;
  const what = `slot ${slot} is waiting for older transactions to end`;
  report.waitsForTransactions(count, `${what} (${count} on this server): ${description}; end them, or wait`);
}
