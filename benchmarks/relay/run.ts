import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { openBrokerAt } from '@ftgo/testing';
import { cpuSeconds, familyCpuSeconds, machineCpuSeconds, peakMemoryMiB } from '../proc.js';
import type { Peer } from './peers.js';
import { type Stack, topic } from './stack.js';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The figures to print. */
export type Figures = Record<string, number | string>;

export const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits;

const quietPercent = 10;
const sampleMs = 2_000;

/** Waits until the rest of the machine is nearly idle, but no longer than this many minutes. */
export async function untilQuiet(stack: Stack, minutes: number): Promise<void> {
  const { postgres, kafka } = stack.pids;
  const foreign = () => machineCpuSeconds() - cpuSeconds(process.pid) - familyCpuSeconds(postgres) - cpuSeconds(kafka);
  for (const end = performance.now() + minutes * 60_000; performance.now() < end; ) {
    const before = foreign();
    await sleep(sampleMs);
    // Where the load of others cannot be measured, there is nothing to wait for.
    if (!(((foreign() - before) / (sampleMs / 1000)) * (100 / cpus().length) >= quietPercent)) return;
  }
}

/** One run of a peer: its process, its slot, and its resource usage. */
export class Run {
  private constructor(
    readonly stack: Stack,
    readonly peer: Peer,
    readonly slot: string,
    readonly child: ChildProcess,
  ) {}

  static async start(stack: Stack, peer: Peer, folder: string, slotFrom?: string): Promise<Run> {
    const slot = `${stack.database.name}_outbox`;
    if (peer.usesSlot) {
      await stack.dropSlot(slot);
      if (slotFrom) await stack.copySlot(slotFrom, slot);
      else await stack.createSlot(slot);
      await stack.pretendCheckpoint(slot);
    }
    if (peer.usesCheckpoint) await stack.pretendPublished(slot, slotFrom);
    return new Run(stack, peer, slot, peer.start(stack, slot, folder));
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get cpu(): number {
    return cpuSeconds(this.child.pid);
  }

  get peakMemoryMiB(): number {
    return peakMemoryMiB(this.child.pid);
  }

  walSenderPid(): Promise<number | undefined> {
    return this.peer.usesSlot ? this.stack.walSenderPid(this.slot) : Promise.resolve(undefined);
  }

  /** CPU of everything on the machine that does not belong to the benchmark. */
  foreignCpu(): number {
    const { postgres, kafka } = this.stack.pids;
    return machineCpuSeconds() - this.cpu - cpuSeconds(process.pid) - familyCpuSeconds(postgres) - cpuSeconds(kafka);
  }

  async stop(): Promise<void> {
    if (!this.hasExited) {
      this.child.kill('SIGTERM');
      await Promise.race([once(this.child, 'exit'), sleep(10_000)]);
    }
    if (!this.hasExited) this.child.kill('SIGKILL');
    if (this.peer.usesSlot) await this.stack.dropSlot(this.slot);
  }
}

export interface Arrival {
  readonly id: string;
  readonly key: string;
  readonly sequence: number;
  readonly at: number;
}

/** Reads the topic from its beginning, and passes on each record. */
export async function listen(stack: Stack, onArrival: (arrival: Arrival) => void): Promise<{ close(): Promise<void> }> {
  const broker = openBrokerAt(stack.broker, 'benchmark');
  const subscription = await broker.subscribe({
    group: `benchmark-${randomUUID()}`,
    topics: [topic],
    maxBatch: 1000,
    handler: async ({ records }) => {
      const at = performance.timeOrigin + performance.now();
      for (const { key, headers } of records) {
        onArrival({ id: String(headers.get('ce_id')), key: String(key), sequence: Number(headers.get('ce_sequence')), at });
      }
    },
  });
  while (!subscription.connected || subscription.assigned.length === 0) await sleep(10);
  return { close: () => broker.close() };
}
