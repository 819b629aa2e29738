import type { Client } from 'pg';
import { type Backfilled, type BackfillOptions, backfill } from '../../backfill/backfill.js';
import type { Checkpoint, StoredCheckpoint } from '../../checkpoint/checkpoint.js';
import { changeSince, type Facts, isSamePublication, logProblems, proofOf, publisherOf, readFacts } from '../../checkpoint/proof.js';
import { Misconfigured, SlotIsTaken } from '../../relay-errors.js';
import { formatLsn, type Lsn } from './lsn.js';
import { dropSlot, findSlot, type Slot } from './slot.js';
import { createSlot, type SlotCreationOptions, untilAllVisible } from './slot-creation.js';

export interface GapOptions extends Omit<BackfillOptions, 'published'>, SlotCreationOptions {
  readonly control: Client;
  readonly checkpoint: Checkpoint;
  readonly publication: string;
  readonly systemIdentifier: string;
  readonly broker: Parameters<typeof backfill>[1];
  /** The topics on which no other service sends. */
  readonly ownTopics: readonly string[];
  readonly onGap: (gap: Gap) => void;
  /** The error to report when another relay reads the slot, including why it does not lead yet. */
  readonly takenError: () => Promise<Error>;
}

/** The starting point of a term. */
export interface Closed {
  readonly outbox: number;
  /** The backfill, if one was needed. */
  readonly backfilled: Backfilled | undefined;
}

/**
 * Ensures that reading the slot yields everything that is not published yet. If that is not proved, rows committed since the
 * last proved snapshot are published from the table, and the log is read from there. Called by the leader.
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

async function examine(options: GapOptions): Promise<Found> {
  const { control, checkpoint, slot: name, publication, systemIdentifier, takenError } = options;
  const facts = await readFacts(control, publication);
  const problems = logProblems(facts, publication);
  if (problems.length > 0) throw new Misconfigured(problems);
  // The slot first: if another relay leads meanwhile, it stores each position before it confirms it to the server.
  const slot = await findSlot(control, name);
  const stored = await checkpoint.read();
  if (slot?.isActive) throw await takenError();
  await demandNothingLater(options, stored);
  return { facts, outbox: facts.outbox?.oid ?? 0, slot, stored, gap: gapOf(slot, stored, facts, systemIdentifier) };
}

/** The relay dates records by its own clock, and stores its progress about once a second. */
const toleranceMs = 60_000;

/**
 * Throws Misconfigured if the topics of the service have messages from after the time until which the database knows that messages
 * were published: it was restored to an earlier point in time. What it publishes would have sequences that others have seen before.
 * Not known after an interrupted backfill, or if something else has published.
 */
async function demandNothingLater({ broker, ownTopics }: GapOptions, stored: StoredCheckpoint | undefined): Promise<void> {
  const isKnown = stored && !stored.backfillPending && !publisherOf(stored.proof);
  const until = isKnown ? stored.publishedUntil : undefined;
  if (!until || ownTopics.length === 0) return;
  const newest = await broker.newestAt?.(ownTopics);
  if (!newest || newest.getTime() <= until.getTime() + toleranceMs) return;
  throw new Misconfigured([
    `the database was restored to an earlier point in time: it knows of messages up to ${until.toISOString()}, but the ` +
      `newest message in ${ownTopics.join(', ')} was published at ${newest.toISOString()}; restore all databases to the same point in time, ` +
      'and remove later messages from the topics',
  ]);
}

async function publishGap(options: GapOptions, found: Found, gap: Gap): Promise<Backfilled> {
  const { control, checkpoint, systemIdentifier, broker } = options;
  options.onGap(gap);
  // Stored first: if this relay crashes, the next one finds the new slot and repeats the backfill.
  await checkpoint.expectBackfill(systemIdentifier, gap.since);
  const position = await slotPosition(options, found);
  await untilAllVisible(control, options);
  const backfilled = await backfill(control, broker, { ...options, published: { snapshot: gap.since, restored: found.stored?.restored } });
  await checkpoint.backfilled({ ...backfilled, position, systemIdentifier, proof: proofOf(found.facts) });
  return backfilled;
}

/**
 * The position at which the slot begins. If the publication has changed, the slot is replaced: rows skipped in the log remain
 * skipped, and reading fails permanently where the publication was missing. Otherwise it is kept, since it may have messages
 * whose rows have been deleted meanwhile.
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
  /** The snapshot in which everything published is visible; undefined if nothing is known to be published. */
  readonly since: string | undefined;
  readonly reason: string;
  /** expected: at a first start; alarm: should not have happened; pending: a relay has already raised the alert. */
  readonly kind: 'expected' | 'alarm' | 'pending';
}

const first = 'first start of a relay: the outbox is published from the table';
const otherServer = 'the data was restored on another server: every message of the outbox is published again';
const noCheckpoint = 'the checkpoint is missing although the slot exists: every message of the outbox is published again';
const pending = 'a backfill was not finished: messages that the log may lack are published from the table';
const noProof = 'the last relay ran an older version: messages committed since its last checkpoint are published from the table';
const otherPublisher =
  'the last publisher was a polling relay or another program: messages committed since the last checkpoint are published from the table';
const noSlot = 'the replication slot is missing: messages that it retained are published from the table';
const lostSlot = 'PostgreSQL has invalidated the replication slot: messages that it retained are published from the table';

function gapOf(slot: Slot | undefined, stored: StoredCheckpoint | undefined, facts: Facts, systemIdentifier: string): Gap | undefined {
  if (!stored) return slot ? alarm(undefined, noCheckpoint) : { since: undefined, reason: first, kind: 'expected' };
  if (stored.systemIdentifier !== systemIdentifier) return alarm(undefined, otherServer);
  const since = stored.snapshot;
  if (publisherOf(stored.proof)) return { since, reason: otherPublisher, kind: 'expected' };
  if (stored.backfillPending) return { since, reason: pending, kind: 'pending' };
  if (!slot) return alarm(since, noSlot);
  if (!slot.isUsable) return alarm(since, lostSlot);
  // No fault is known, but nothing is proved either.
  if (stored.proof === undefined) return { since, reason: noProof, kind: 'expected' };
  const change = changeSince(stored.proof, facts);
  if (change) return alarm(since, `${change}: messages that the log may lack are published from the table`);
  return slot.confirmed !== undefined && slot.confirmed > stored.position ? alarm(since, movedBeyond(slot.confirmed, stored)) : undefined;
}

const alarm = (since: string | undefined, reason: string): Gap => ({ since, reason, kind: 'alarm' });

const movedBeyond = (confirmed: number, { position }: StoredCheckpoint): string =>
  `the replication slot was moved or recreated by another program: the slot is at ${formatLsn(confirmed)}, the relay at ${formatLsn(position)}; messages in between are published from the table`;
