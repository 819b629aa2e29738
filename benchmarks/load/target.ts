import { UserError } from '@ftgo/runner/errors';
import { type Headers, operatorAccess } from '@ftgo/runner/sign-in';
import { ControlClient, Home, NotRunning } from '@ftgo/runner/system';
import { cpuSeconds, familyCpuSeconds } from '../proc.js';
import type { LoadOptions } from './options.js';

/** Seconds of CPU by process. */
export type CpuSeconds = Readonly<Record<string, number>>;

/** The system under load. */
export interface Target {
  readonly gateway: string;
  /** Where the gateway serves operators; default: at the same URL. */
  readonly management?: string | undefined;
  /** The headers that identify the sender of a request; none while security is off. */
  readonly headers?: () => Promise<Headers>;
  /** The CPU that each process has used; undefined where it cannot be known. */
  cpu(): Promise<CpuUsed | undefined>;
}

export type CpuUsed = ReadonlyMap<string, { readonly pid: number | undefined; readonly seconds: number }>;

/** The process that creates the load, which takes part of the machine. */
export const itself = 'the load itself';

/** A gateway anywhere; or the running npm start, whose processes are known. */
export async function targetAt({ gateway, management }: Pick<LoadOptions, 'gateway' | 'management'>): Promise<Target> {
  const home = new Home();
  if (gateway !== undefined)
    return { gateway, management, headers: operatorAccess(undefined, home), cpu: () => Promise.resolve(undefined) };
  const control = new ControlClient(home);
  const { endpoints, security } = await control.describe().catch((error: unknown) => {
    if (!(error instanceof NotRunning)) throw error;
    throw new UserError(`${error.message}, or choose another system with --gateway URL`, { cause: error });
  });
  const running = endpoints.find(({ name }) => name === 'api-gateway');
  if (!running?.http) throw new UserError('cannot find the gateway: the running system has no api-gateway');
  return { gateway: running.http, management: running.management, headers: operatorAccess(security, home), cpu: () => cpuUsed(control) };
}

async function cpuUsed(control: ControlClient): Promise<CpuUsed | undefined> {
  const processes = await control.ps();
  const used = processes.map(({ name, pid }) => [name, { pid, seconds: familyCpuSeconds(pid) }] as const);
  const own = { pid: process.pid, seconds: cpuSeconds(process.pid) };
  return Number.isNaN(own.seconds) ? undefined : new Map([...used, [itself, own]]);
}

/** The difference. A process that was restarted in between counts from its restart. */
export function cpuBetween(before: CpuUsed | undefined, after: CpuUsed | undefined): CpuSeconds | undefined {
  if (!before || !after) return undefined;
  const differences = [...after].map(([name, { pid, seconds }]) => {
    const then = before.get(name);
    return [name, seconds - (then?.pid === pid ? (then?.seconds ?? 0) : 0)] as const;
  });
  return Object.fromEntries(differences.filter(([, seconds]) => Number.isFinite(seconds)));
}
