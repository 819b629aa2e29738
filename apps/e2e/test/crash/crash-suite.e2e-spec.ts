import { becauseNoKafka, noKafka } from '@ftgo/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { CrashSystem } from './crash-system.js';
import { consumer, producer } from './ledger/entries.js';
import { checkLedger } from './ledger-check.js';
import { lineOf } from './report.js';
import { playRound } from './round.js';
import { castFor } from './traffic.js';

let system: CrashSystem | undefined;

afterEach(() => system?.close());

/** Long enough for a killed member's partitions to be reassigned. */
const stalledAfterMs = 12_000;

/** Kills the producer between commit and publishing, and the consumer between handling a message and committing its offset. */
async function ledgerAfterCrashes(system: CrashSystem) {
  expect(await system.killAt(producer, 'messaging.outbox.committed', 5)).toBe(true);
  expect(await system.killAt(consumer, 'messaging.inbox.handled', 5)).toBe(true);
  return checkLedger(system, stalledAfterMs);
}

describe.skipIf(noKafka)(`the crash suite${becauseNoKafka}`, () => {
  test('finds nothing lost, duplicated or reordered, at chosen steps and in a random round', async () => {
    system = await CrashSystem.start();
    const cast = await castFor(system.ftgo);
    expect(await ledgerAfterCrashes(system)).toMatchObject({ lost: [], doubled: [], reordered: [] });
    const result = await playRound(system, cast, { seed: 11, round: 3, isDualWrite: false });
    expect(result, lineOf(result)).toMatchObject({ lost: [], doubled: [], reordered: [], violations: [] });
  });

  test('finds lost and duplicated messages, and names them, when services publish after the commit', async () => {
    system = await CrashSystem.start({ isDualWrite: true, only: [] });
    const { lost, doubled } = await ledgerAfterCrashes(system);
    expect(lost).toContainEqual(expect.stringMatching(/^entry \d+ of account \d+: committed, but not in the topic$/));
    expect(doubled).toContainEqual(expect.stringMatching(/^entry \d+ of account \d+$/));
  });
});
