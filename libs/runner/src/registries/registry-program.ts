import type { Program, Readiness } from '../process/program.js';

/** The servers in which instances of services can register. */
export const registryKinds = ['etcd', 'consul', 'zookeeper', 'eureka'] as const;
export type RegistryKind = (typeof registryKinds)[number];

export interface RegistryOptions {
  readonly dataFolder: string;
  /** The port for clients, and three more for the server itself. */
  readonly ports: readonly [client: number, ...own: number[]];
}

/** A registry started by the runner, on loopback. */
export interface RegistryProgram extends Program {
  /** What clients connect to, as in FTGO_REGISTRY_URL. */
  readonly url: string;
}

/** Ready once an HTTP request to it succeeds. */
export async function respondsAt(url: string): Promise<Readiness> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(1_000) });
    return { state: response.ok ? 'ready' : 'starting' };
  } catch {
    return { state: 'starting' };
  }
}
