import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardServers } from '@ftgo/testing';
import { drain } from '../relay/drain.js';
import { ours } from '../relay/peers.js';
import type { Figures } from '../relay/run.js';
import { Stack } from '../relay/stack.js';

const flags = ['--max-semi-space-size=1', '--optimize-for-size', '--expose-gc'];
const baseSlot = 'benchmark_base';

/** Lets the relay drain a backlog, to a Kafka of its own. */
export async function drainTo({ isSecured }: { readonly isSecured: boolean }, rows: number): Promise<Figures> {
  const relay = ours(flags);
  const obstacle = relay.prepare();
  if (obstacle) throw new Error(obstacle);
  const folder = mkdtempSync(join(tmpdir(), 'benchmark-security-'));
  const stack = await Stack.start({ withExtensions: false, isSecured });
  try {
    await stack.createSlot(baseSlot);
    await stack.fill('outbox', rows);
    const figures = await drain(stack, relay, folder, { rows, slotFrom: baseSlot });
    await stack.dropSlot(baseSlot);
    return { ...figures, peer: isSecured ? 'TLS and SASL' : 'open' };
  } finally {
    await stack.close();
    await discardServers();
    rmSync(folder, { recursive: true, force: true });
  }
}
