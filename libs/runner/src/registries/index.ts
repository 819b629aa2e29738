// The service registries that the runner can start.
import { consulProgram, whyNoConsul } from './consul.js';
import { etcdProgram, whyNoEtcd } from './etcd.js';
import { eurekaProgram, whyNoEureka } from './eureka.js';
import type { RegistryKind, RegistryOptions, RegistryProgram } from './registry-program.js';
import { whyNoZooKeeper, zooKeeperProgram } from './zookeeper.js';

export { type RegistryKind, type RegistryOptions, type RegistryProgram, registryKinds } from './registry-program.js';

const programs: Record<RegistryKind, (options: RegistryOptions, report: (line: string) => void) => Promise<RegistryProgram>> = {
  etcd: etcdProgram,
  consul: consulProgram,
  zookeeper: zooKeeperProgram,
  eureka: eurekaProgram,
};

const missing: Record<RegistryKind, () => string | undefined> = {
  etcd: whyNoEtcd,
  consul: whyNoConsul,
  zookeeper: whyNoZooKeeper,
  eureka: whyNoEureka,
};

/** A registry server; installs it first if it can be installed. Fails with one line that names what to install. */
export const registryProgram = (kind: RegistryKind, options: RegistryOptions, report: (line: string) => void): Promise<RegistryProgram> =>
  programs[kind](options, report);

/** What is missing to start a registry on this machine; undefined if nothing is. */
export const whyNoRegistry = (kind: RegistryKind): string | undefined => missing[kind]();
