import type { Balancing } from './balancing.js';
import type { Directory } from './directory.js';
import { Discovery } from './discovery.js';
import { DnsDirectory } from './dns-directory.js';
import { ConsulRegistry } from './registries/consul-registry.js';
import { EtcdRegistry } from './registries/etcd-registry.js';
import { EurekaRegistry } from './registries/eureka-registry.js';
import { type Addresses, StaticDirectory } from './static-directory.js';

/** The settings of discovery, as `discoveryConfig` of @ftgo/platform reads them. */
export interface DiscoveryConfig {
  readonly discovery?: 'static' | 'dns' | 'etcd' | 'consul' | 'zookeeper' | 'eureka' | undefined;
  readonly registryUrl?: string | undefined;
  readonly registryLeaseMs?: number | undefined;
  readonly balancing?: Balancing | undefined;
}

const defaultLeaseMs = 3_000;

/** The configured discovery. The addresses are those of `static` and `dns`. */
export async function openDiscovery(config: DiscoveryConfig, addresses: Addresses = {}): Promise<Discovery> {
  const leaseMs = config.registryLeaseMs ?? defaultLeaseMs;
  return new Discovery({ directory: await directoryOf(config, addresses, leaseMs), leaseMs });
}

async function directoryOf({ discovery, registryUrl = '' }: DiscoveryConfig, addresses: Addresses, leaseMs: number): Promise<Directory> {
  const url = registryUrl.replace(/\/$/, '');
  if (discovery === 'dns') return new DnsDirectory(addresses);
  if (discovery === 'etcd') return new EtcdRegistry(url);
  if (discovery === 'consul') return new ConsulRegistry(url);
  if (discovery === 'eureka') return new EurekaRegistry(url);
  if (discovery !== 'zookeeper') return new StaticDirectory(addresses);
  // Loaded on demand: no other process needs ZooKeeper's client.
  const { ZooKeeperRegistry } = await import('./registries/zookeeper-registry.js');
  return new ZooKeeperRegistry(url, leaseMs);
}
