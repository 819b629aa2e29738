import { becauseNoKafka, noKafka } from '@ftgo/testing';
import { describe, expect, type TestContext, test } from 'vitest';
import { CrashSystem, type CrashSystemOptions } from './crash-system.js';
import { consumer, producer } from './ledger/entries.js';
import { checkLedger } from './ledger-check.js';
import { lineOf } from './report.js';
import { playRound } from './round.js';
import { castFor } from './traffic.js';

/** Nothing but a busy machine keeps a process from the step. */
const stepWithinMs = 60_000;
/** Long enough for a killed member's partitions to be reassigned, and for its restart on a busy machine. */
const stalledAfterMs = 25_000;

async function systemFor({ onTestFinished }: TestContext, options?: CrashSystemOptions): Promise<CrashSystem> {
  const system = await CrashSystem.start(options);
  onTestFinished(() => system.close());
  return system;
}

/** Kills the producer between commit and publishing, and the consumer between handling a message and committing its offset. */
async function ledgerAfterCrashes(system: CrashSystem) {
  expect(await system.killAt(producer, 'messaging.outbox.committed', 5, stepWithinMs)).toBe(true);
  expect(await system.killAt(consumer, 'messaging.inbox.handled', 5, stepWithinMs)).toBe(true);
  return checkLedger(system, stalledAfterMs);
}

// Concurrent, since both wait more than they compute.
describe.skipIf(noKafka)(`the crash suite${becauseNoKafka}`, () => {
  test.concurrent('finds nothing lost, duplicated or reordered, at chosen steps and in a random round', async (context) => {
    const system = await systemFor(context);
    const cast = await castFor(system.ftgo);
    expect(await ledgerAfterCrashes(system)).toMatchObject({ lost: [], doubled: [], reordered: [] });
    const result = await playRound(system, cast, { seed: 11, round: 3, isDualWrite: false });
    expect(result, lineOf(result)).toMatchObject({ lost: [], doubled: [], reordered: [], violations: [] });
  });

  test.concurrent('finds lost and duplicated messages, and names them, when services publish after the commit', async (context) => {
    const system = await systemFor(context, { isDualWrite: true, only: [] });
    const { lost, doubled } = await ledgerAfterCrashes(system);
    expect(lost).toContainEqual(expect.stringMatching(/^entry \d+ of account \d+: committed, but not in the topic$/));
    expect(doubled).toContainEqual(expect.stringMatching(/^entry \d+ of account \d+$/));
  });
});
