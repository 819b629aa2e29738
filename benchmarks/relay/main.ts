// npm run bench -- relay [--quiet-minutes 2] [--rows 1000000] [--rates 500,1000] [--seconds 20] [--peers reader,ours,polling,throughput,latency,poller] [--only drain|steady|outage|take-over] [--outage-minutes 10] [--extensions]
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithUsage, parseArguments } from '@ftgo/runner/usage';
import { drain } from './drain.js';
import { outage } from './outage.js';
import { bareReader, debezium, ours, type Peer, poller } from './peers.js';
import { type Figures, untilQuiet } from './run.js';
import { Stack } from './stack.js';
import { steady } from './steady.js';
import { takeOver } from './take-over.js';

const { values: options } = parseArguments('npm run bench -- relay [OPTION …], with the options in line 1 of benchmarks/relay/main.ts', {
  options: {
    rows: { type: 'string', default: '1000000' },
    'poller-rows': { type: 'string', default: '200000' },
    rates: { type: 'string', default: '500,1000' },
    seconds: { type: 'string', default: '20' },
    peers: { type: 'string', default: 'reader,ours,polling,throughput,latency,poller' },
    only: { type: 'string' },
    'outage-minutes': { type: 'string', default: '10' },
    extensions: { type: 'boolean', default: false },
    'quiet-minutes': { type: 'string', default: '2' },
    flags: { type: 'string', default: '--max-semi-space-size=1 --optimize-for-size --expose-gc' },
  },
});

const flags = options.flags.split(' ').filter(Boolean);
const known: Record<string, () => Peer> = {
  reader: bareReader,
  ours: () => ours(flags),
  polling: () => ours(flags, 'polling'),
  throughput: () => debezium('throughput'),
  latency: () => debezium('latency'),
  poller: () => poller,
};
const drains = new Set(['reader', 'ours', 'polling', 'throughput', 'poller']);
const steadies = new Set(['ours', 'polling', 'latency', 'poller']);
const baseSlot = 'benchmark_base';
const rows = Number(options.rows);
const pollerRows = Math.min(rows, Number(options['poller-rows']));

const firstRate = Number(options.rates.split(',')[0]);
/** This project's, built. */
function relay(): Peer {
  const peer = ours(flags);
  peer.prepare();
  return peer;
}

const chosen = options.peers.split(',').flatMap((name) => {
  const peer = known[name]?.();
  if (!peer) return endWithUsage(`unknown peer '${name}'`, `expected one of ${Object.keys(known).join(', ')}`);
  const obstacle = peer.prepare();
  if (obstacle) console.log(`${peer.name} skipped: ${obstacle}`);
  return obstacle ? [] : [{ name, peer }];
});

console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, everything on this machine`);
const folder = mkdtempSync(join(tmpdir(), 'benchmark-relay-'));
const stack = await Stack.start({ withExtensions: options.extensions });
const { rows: versions } = await stack.client.query<{ server_version: string }>('SHOW server_version');
console.log(`PostgreSQL ${versions[0]?.server_version}, Kafka and Debezium as in the pom.xml files`);
try {
  const { only } = options;
  if (only === undefined || only === 'drain') await compareDrains();
  if (only === undefined || only === 'steady') await compareSteady();
  if (only === 'outage') await measureOutage();
  if (only === 'take-over') console.table(await takeOver(stack, relay(), join(folder, 'take-over'), firstRate));
} finally {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function measureOutage(): Promise<void> {
  const minutes = Number(options['outage-minutes']);
  console.log(`\nThe broker is down for ${minutes} minutes …`);
  console.table([await outage(stack, relay(), join(folder, 'outage'), { rate: firstRate, minutes })]);
}

async function compareDrains(): Promise<void> {
  console.log(`\nWriting a backlog of ${rows.toLocaleString('en')} messages, one per transaction …`);
  await stack.createSlot(baseSlot);
  await stack.fill('outbox', rows);
  if (chosen.some(({ name }) => name === 'poller')) await stack.fill('outbox_poll', pollerRows);
  const figures: Figures[] = [];
  for (const { name, peer } of chosen.filter((each) => drains.has(each.name))) {
    figures.push(
      await drain(stack, peer, join(folder, `drain-${name}`), { rows: name === 'poller' ? pollerRows : rows, slotFrom: baseSlot }),
    );
    console.table([figures.at(-1)]);
  }
  console.log('\nDraining a backlog');
  console.table(figures);
  await stack.dropSlot(baseSlot);
}

async function compareSteady(): Promise<void> {
  for (const rate of options.rates.split(',').map(Number)) {
    const figures: Figures[] = [];
    for (const { name, peer } of chosen.filter((each) => steadies.has(each.name))) {
      await untilQuiet(stack, Number(options['quiet-minutes']));
      figures.push(await steady(stack, peer, join(folder, `steady-${name}-${rate}`), { rate, seconds: Number(options.seconds) }));
      console.table([figures.at(-1)]);
    }
    console.log(`\nFrom commit to arrival at ${rate} transactions per second`);
    console.table(figures);
  }
}
