import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fromSource } from '@ftgo/runner/workspace';
import type { Fault, FaultySettings } from './faults.js';

const main = join(import.meta.dirname, 'main.ts');

export interface FaultyServerOptions {
  readonly protocol: 'grpc' | 'http';
  readonly correct: Uint8Array;
  readonly wrong: Uint8Array;
  readonly lateMs: number;
}

/** A server in a process of its own that fails on demand, over gRPC or HTTP, in each of the ways in which servers fail. */
export interface FaultyServer {
  readonly port: number;
  /** What happens to the next requests. */
  fail(fault: Fault): Promise<void>;
  /** Starts it again on its port if it has crashed, and lets it respond correctly. */
  repair(): Promise<void>;
  close(): Promise<void>;
}

export async function faultyServer({ correct, wrong, ...rest }: FaultyServerOptions): Promise<FaultyServer> {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  const settings = { ...rest, correct: base64(correct), wrong: base64(wrong) };
  let child = await start({ ...settings, port: 0 });
  const { port } = child;
  let last: Fault = 'none';
  const end = async (): Promise<void> => {
    if (hasEnded(child.process)) return;
    const exit = once(child.process, 'exit');
    child.process.kill('SIGKILL');
    await exit;
  };
  const fail = async (fault: Fault): Promise<void> => {
    last = fault;
    child.process.send(fault);
    await once(child.process, 'message');
  };
  return {
    port,
    fail,
    repair: async () => {
      if (last !== 'crash') return fail('none');
      await end();
      child = await start({ ...settings, port });
      last = 'none';
    },
    close: end,
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function start(settings: FaultySettings): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const process = fork(main, [JSON.stringify(settings)], { execArgv: [...fromSource] });
  const [{ port }] = (await once(process, 'message')) as [{ port: number }];
  return { process, port };
}
