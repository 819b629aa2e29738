import type { DiscoveryService } from '@nestjs/core';
import { Replica } from './replica.js';

/** Every replica among the providers of an application. */
export const replicasIn = (discovery: DiscoveryService): Replica[] => {
  const instances = new Set(discovery.getProviders().map((wrapper) => wrapper.instance as unknown));
  return [...instances].filter((instance) => instance instanceof Replica);
};
