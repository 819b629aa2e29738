// npm run test:crash: rounds of random faults during a stream of orders; see apps/e2e/README.md.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { explain, UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { CrashSystem } from './crash-system.js';
import { isClean, lineOf, replayOf, reportOf } from './report.js';
import { playRound, type RoundOptions, type RoundResult } from './round.js';
import { type Cast, castFor } from './traffic.js';

/** The checks read everything that a system has stored. */
const roundsPerSystem = 20;

interface Options {
  readonly rounds: readonly RoundOptions[];
  readonly out: string;
  readonly isResumed: boolean;
}

function optionsOf(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      to: { type: 'string' },
      out: { type: 'string', default: join(repository, '.cache', 'crash', 'rounds.jsonl') },
      resume: { type: 'boolean', default: false },
      'dual-write': { type: 'boolean', default: false },
    },
  });
  const from = numberIn(values.from, '--from');
  const to = values.to === undefined ? from + numberIn(values.rounds, '--rounds') - 1 : numberIn(values.to, '--to');
  const isDualWrite = values['dual-write'];
  const rounds = rangeIn(values.seed, '--seed').flatMap((seed) => range(from, to).map((round) => ({ seed, round, isDualWrite })));
  return { rounds, out: values.out, isResumed: values.resume };
}

function numberIn(text: string, name: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1) throw new UserError(`invalid ${name} '${text}': expected a positive integer`);
  return number;
}

/** `3`, or `1-20`. */
function rangeIn(text: string, name: string): number[] {
  const [first = '', last = first] = text.split('-', 2);
  return range(numberIn(first, name), numberIn(last, name));
}

const range = (first: number, last: number): number[] => Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);

/** The rounds that a file already has. */
function readResults(file: string): RoundResult[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as RoundResult);
}

const isSame = (a: RoundOptions, b: RoundOptions) => a.seed === b.seed && a.round === b.round && a.isDualWrite === b.isDualWrite;

/** A round that could not be played to its end. */
const failedRound = (options: RoundOptions, error: Error): RoundResult => ({
  ...options,
  seconds: 0,
  orders: 0,
  failures: {},
  entries: 0,
  faults: [],
  lost: [],
  doubled: [],
  reordered: [],
  violations: [`the round did not end: ${error.message}`],
});

class Run {
  private current: { readonly system: CrashSystem; readonly cast: Cast } | undefined;
  private hasNoDisk = false;
  private played = 0;

  /** A failed round may have left anything behind, so the next one gets a new system. */
  async play(options: RoundOptions, out: string): Promise<RoundResult> {
    if (this.played >= roundsPerSystem) await this.close();
    const { system, cast } = await this.running(options.isDualWrite);
    this.played++;
    const result = await playRound(system, cast, options).catch((error: Error) => failedRound(options, error));
    if (!isClean(result)) await this.abandon(options, out);
    return result;
  }

  async close(): Promise<void> {
    await this.current?.system.close();
    this.current = undefined;
    this.played = 0;
  }

  private async running(isDualWrite: boolean): Promise<NonNullable<typeof this.current>> {
    if (this.current) return this.current;
    const system = await CrashSystem.start({ isDualWrite });
    const { disk } = system.servers;
    if (typeof disk === 'string' && !this.hasNoDisk) console.log(`the disk of Postgres is never full: ${disk}`);
    this.hasNoDisk = typeof disk === 'string';
    const cast = await castFor(system.ftgo).catch(async (error: unknown) => {
      await system.close();
      throw error;
    });
    return (this.current = { system, cast });
  }

  private async abandon({ seed, round }: RoundOptions, out: string): Promise<void> {
    const folder = join(dirname(out), `seed-${seed}-round-${round}`);
    await this.current?.system.keepLogs(folder).then(
      () => console.log(`logs are in ${folder}`),
      (error: Error) => console.log(`no logs were kept: ${error.message}`),
    );
    await this.close();
  }
}

async function main(): Promise<number> {
  const { rounds, out, isResumed } = optionsOf(process.argv.slice(2));
  const before = isResumed ? readResults(out).filter((result) => rounds.some((options) => isSame(options, result))) : [];
  const due = rounds.filter((options) => !before.some((result) => isSame(options, result)));
  mkdirSync(dirname(out), { recursive: true });
  const results = [...before];
  const run = new Run();
  let isAsked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => (isAsked = true));
  try {
    for (const options of due) {
      if (isAsked) break;
      const result = await run.play(options, out);
      appendFileSync(out, `${JSON.stringify(result)}\n`);
      results.push(result);
      console.log(lineOf(result));
      if (!isClean(result)) console.log(`  replay: ${replayOf(result)}`);
    }
  } finally {
    await run.close();
    console.log(`\n${reportOf(results)}`);
  }
  return results.every(isClean) ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
