import type { Client } from 'pg';
import { type Backfilled, type BackfillOptions, backfill } from '../../backfill/backfill.js';
import type { Checkpoint, StoredCheckpoint } from '../../checkpoint/checkpoint.js';
import { changeSince, type Facts, isSamePublication, logProblems, proofOf, publisherOf, readFacts } from '../../checkpoint/proof.js';
import { Misconfigured, SlotIsTaken } from '../../relay-errors.js';
import { formatLsn, type Lsn } from './lsn.js';
import { dropSlot, findSlot, type Slot } from './slot.js';
import { createSlot, type SlotCreationOptions, untilAllIsSeen } from './slot-creation.js';

export interface GapOptions extends Omit<BackfillOptions, 'published'>, SlotCreationOptions {
  readonly control: Client;
  readonly checkpoint: Checkpoint;
  readonly publication: string;
  readonly systemIdentifier: string;
  readonly broker: Parameters<typeof backfill>[1];
  readonly onGap: (gap: Gap) => void;
  /** Another relay reads the slot: why it does not lead yet, if it does not. */
  readonly whyTaken: () => Promise<Error>;
}

/** What a term begins with. */
export interface Closed {
  readonly outbox: number;
  /** What had to be published from the table. */
  readonly backfilled: Backfilled | undefined;
}

/**
 * Sees to it that the slot brings everything that is not published yet. When that is not proved, what was committed since
 * the last proved snapshot is published from the table, and the log goes on from there. Called by the leader.
 */
export async function closeGap(options: GapOptions): Promise<Closed> {
  const found = await examine(options);
  return { outbox: found.outbox, backfilled: found.gap && (await publishGap(options, found, found.gap)) };
}

interface Found {
  readonly facts: Facts;
  readonly outbox: number;
  readonly slot: Slot | undefined;
  readonly stored: StoredCheckpoint | undefined;
  readonly gap: Gap | undefined;
}

async function examine({ control, checkpoint, slot: name, publication, systemIdentifier, whyTaken }: GapOptions): Promise<Found> {
  const facts = await readFacts(control, publication);
  const problems = logProblems(facts, publication);
  if (problems.length > 0) throw new Misconfigured(problems);
  // The slot first: meanwhile another relay may have led, and what it has told the server was stored before.
  const slot = await findSlot(control, name);
  const stored = await checkpoint.read();
  if (slot?.isActive) throw await whyTaken();
  return { facts, outbox: facts.outbox?.oid ?? 0, slot, stored, gap: gapOf(slot, stored, facts, systemIdentifier) };
}

async function publishGap(options: GapOptions, found: Found, gap: Gap): Promise<Backfilled> {
  const { control, checkpoint, systemIdentifier, broker } = options;
  options.onGap(gap);
  // Noted first: whoever finds the new slot before the backfill is done makes the backfill.
  await checkpoint.expectBackfill(systemIdentifier, gap.since);
  const position = await slotPosition(options, found);
  await untilAllIsSeen(control, options);
  const backfilled = await backfill(control, broker, { ...options, published: { snapshot: gap.since, restored: found.stored?.restored } });
  await checkpoint.backfilled({ ...backfilled, position, systemIdentifier, proof: proofOf(found.facts) });
  return backfilled;
}

/**
 * Where the slot begins that is used from here on. Under another publication the old one is of no use: what was skipped
 * stays skipped, and a publication that was missing makes reading fail for ever. Else it is kept: it may have messages
 * whose rows somebody has deleted meanwhile.
 */
async function slotPosition(options: GapOptions, { facts, slot, stored }: Found): Promise<Lsn> {
  const { control, slot: name, systemIdentifier } = options;
  const isSame = stored?.systemIdentifier === systemIdentifier && stored.proof !== undefined && isSamePublication(stored.proof, facts);
  if (isSame && slot?.isUsable && slot.confirmed !== undefined) return Math.max(slot.confirmed, stored.position);
  await dropSlot(control, name);
  await createSlot(control, options);
  const position = (await findSlot(control, name))?.confirmed;
  if (position === undefined) throw new SlotIsTaken(name);
  return position;
}

export interface Gap {
  /** The snapshot that sees all that was published; undefined: nothing is known to be. */
  readonly since: string | undefined;
  readonly reason: string;
  /** expected: at a first start; alarm: it should not have happened; pending: a relay has raised that alarm before. */
  readonly kind: 'expected' | 'alarm' | 'pending';
}

const first = 'no relay has led here before: the outbox is published from the table';
const otherServer = 'the data was restored into another server: every message of the outbox is published again';
const noCheckpoint = 'the checkpoint is gone, although there is a slot: every message of the outbox is published again';
const pending = 'a backfill was not finished: what the log may not have is published from the table';
const noProof = 'an older relay has led here: what was committed since its last checkpoint is published from the table';
const otherPublisher = 'no relay that reads the log has published last: what was committed since is published from the table';
const noSlot = 'the replication slot is gone: what it held is published from the table';
const lostSlot = 'Postgres has given up the replication slot: what it held is published from the table';

function gapOf(slot: Slot | undefined, stored: StoredCheckpoint | undefined, facts: Facts, systemIdentifier: string): Gap | undefined {
  if (!stored) return slot ? alarm(undefined, noCheckpoint) : { since: undefined, reason: first, kind: 'expected' };
  if (stored.systemIdentifier !== systemIdentifier) return alarm(undefined, otherServer);
  const since = stored.snapshot;
  if (publisherOf(stored.proof)) return { since, reason: otherPublisher, kind: 'expected' };
  if (stored.backfillPending) return { since, reason: pending, kind: 'pending' };
  if (!slot) return alarm(since, noSlot);
  if (!slot.isUsable) return alarm(since, lostSlot);
  // Nothing is known to be wrong, and nothing to be right.
  if (stored.proof === undefined) return { since, reason: noProof, kind: 'expected' };
  const change = changeSince(stored.proof, facts);
  if (change) return alarm(since, `${change}: what the log may not have is published from the table`);
  return slot.confirmed !== undefined && slot.confirmed > stored.position ? alarm(since, movedBeyond(slot.confirmed, stored)) : undefined;
}

const alarm = (since: string | undefined, reason: string): Gap => ({ since, reason, kind: 'alarm' });

const movedBeyond = (confirmed: number, { position }: StoredCheckpoint): string =>
  `the replication slot was moved or made anew by somebody else: it is at ${formatLsn(confirmed)}, and the relay has come to ${formatLsn(position)}; what is between is published from the table`;
