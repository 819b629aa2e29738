import { becauseNoKafka, noKafka } from '@ftgo/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { CrashSystem, type CrashSystemOptions } from './crash-system.js';
import { consumer, producer } from './ledger/entries.js';
import { checkLedger } from './ledger-check.js';
import { lineOf } from './report.js';
import { playRound } from './round.js';
import { castFor } from './traffic.js';

let system: CrashSystem | undefined;

const started = async (options: CrashSystemOptions): Promise<CrashSystem> => (system = await CrashSystem.start(options));

afterEach(() => system?.close());

/** Long enough for a killed member's partitions to be reassigned. */
const stalledAfterMs = 12_000;

/** Kills the producer between commit and publishing, and the consumer between handling a message and committing its offset. */
async function ledgerAfterCrashes(options: CrashSystemOptions) {
  const system = await started({ ...options, only: [] });
  expect(await system.killAt(producer, 'messaging.outbox.committed', 5)).toBe(true);
  expect(await system.killAt(consumer, 'messaging.inbox.handled', 5)).toBe(true);
  return checkLedger(system, stalledAfterMs);
}

describe.skipIf(noKafka)(`the crash suite${becauseNoKafka}`, () => {
  test('finds nothing lost, doubled or reordered in random rounds', async () => {
    const system = await started({});
    const cast = await castFor(system.ftgo);
    for (const round of [1, 2]) {
      const result = await playRound(system, cast, { seed: 1, round, isDualWrite: false });
      expect(result, lineOf(result)).toMatchObject({ lost: [], doubled: [], reordered: [], violations: [] });
    }
  });

  test('finds every entry of the ledger handled once when messages go through outbox and inbox', async () => {
    expect(await ledgerAfterCrashes({})).toMatchObject({ lost: [], doubled: [], reordered: [] });
  });

  test('finds lost and doubled messages, and names them, when services publish after the commit', async () => {
    const { lost, doubled } = await ledgerAfterCrashes({ isDualWrite: true });
    expect(lost).toContainEqual(expect.stringMatching(/^entry \d+ of account \d+: committed, but not in the topic$/));
    expect(doubled).toContainEqual(expect.stringMatching(/^entry \d+ of account \d+$/));
  });
});
