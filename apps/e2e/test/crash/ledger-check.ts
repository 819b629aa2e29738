import { header } from '@ftgo/messaging/broker';
import { type RawRecord, readTopics, type TestSystem } from '@ftgo/testing';
import { Databases } from '../databases.js';
import { whileInProgress } from '../progress.js';
import { consumerDatabase, ledgerTopic, producerDatabase } from './ledger/entries.js';

/** What happened to the entries of the ledger, one line for each that did not arrive exactly once and in order. */
export interface Verdict {
  readonly entries: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly reordered: readonly string[];
}

interface Account {
  readonly id: number;
  readonly entries: number;
}

interface Handled {
  readonly account: number;
  readonly number: number;
}

/** Waits until every entry that is committed now was handled, or nothing is any more. */
export async function checkLedger({ system }: { readonly system: TestSystem }, stalledAfterMs: number): Promise<Verdict> {
  const databases = new Databases(system);
  const readAccounts = () => databases.rows<Account>(producerDatabase, 'SELECT id, entries FROM account');
  const written = (await whileInProgress(async () => ({ isDone: true, picture: '', result: await readAccounts() }))).result;
  const { result } = await whileInProgress(async () => {
    const handled = await databases.rows<Handled>(consumerDatabase, 'SELECT account, number FROM handled ORDER BY at');
    const result = verdictOf(written, handled);
    return { isDone: result.lost.length === 0, picture: String(result.lost.length), result };
  }, stalledAfterMs);
  if (result.lost.length === 0) return result;
  const records = await readTopics(system.broker, [ledgerTopic.topic]);
  return { ...result, lost: result.lost.map((entry) => `${entry}: ${whereabouts(entry, records)}`) };
}

/** `handled` is in the order of handling. */
export function verdictOf(written: readonly Account[], handled: readonly Handled[]): Verdict {
  const ofAccount = Map.groupBy(handled, ({ account }) => account);
  const doubled: string[] = [];
  const reordered: string[] = [];
  const lost = written.flatMap(({ id, entries }) => {
    const seen = new Set<number>();
    let last = 0;
    for (const { number } of ofAccount.get(id) ?? []) {
      if (seen.has(number)) doubled.push(entryNamed(id, number));
      else if (number < last) reordered.push(`${entryNamed(id, number)}: handled after ${last}`);
      seen.add(number);
      last = Math.max(last, number);
    }
    const numbers = Array.from({ length: entries }, (_, i) => i + 1);
    return numbers.filter((number) => !seen.has(number)).map((number) => entryNamed(id, number));
  });
  return { entries: handled.length, lost, doubled, reordered };
}

const entryNamed = (account: number, number: number) => `entry ${number} of account ${account}`;

function whereabouts(entry: string, records: readonly RawRecord[]): string {
  const found = records.find(
    ({ headers }) => entryNamed(Number(headers.get(header.subject)), Number(headers.get(header.sequence))) === entry,
  );
  if (!found) return 'committed, but not in the topic';
  return `in the topic at ${found.topic}/${found.partition}/${found.position}, but not handled`;
}
