import { setTimeout as pause } from 'node:timers/promises';
import type { Instance, Listing, Registry } from '../directory.js';
import { bodyOf, request } from './http.js';

interface Registered {
  readonly ipAddr: string;
  readonly status: string;
  readonly port: { readonly $: number };
}

interface Application {
  readonly application: { readonly instance: Registered | readonly Registered[] };
}

/** Eureka cannot notify of a change. */
const pollMs = 500;

/** Eureka through its REST operations. */
export class EurekaRegistry implements Registry {
  constructor(private readonly url: string) {}

  async list(service: string, previous: Listing | undefined, signal: AbortSignal): Promise<Listing> {
    if (previous) await pause(pollMs, undefined, { signal, ref: false });
    const response = await request(this.appOf(service), { signal });
    if (response.status === 404) return { addresses: [] };
    const { instance } = (await bodyOf<Application>(response)).application;
    const up = [instance].flat().filter(({ status }) => status === 'UP');
    return { addresses: up.map(({ ipAddr, port }) => `${ipAddr}:${port.$}`) };
  }

  async renew(instance: Instance, leaseMs: number): Promise<void> {
    const renewed = await request(this.instanceOf(instance), { method: 'PUT' });
    if (renewed.ok) return;
    const registered = await request(this.appOf(instance.service), { method: 'POST', body: { instance: registration(instance, leaseMs) } });
    if (!registered.ok) throw new Error(`Eureka responded with ${registered.status}`);
  }

  async withdraw(instance: Instance): Promise<void> {
    const removed = await request(this.instanceOf(instance), { method: 'DELETE' });
    if (!removed.ok && removed.status !== 404) throw new Error(`Eureka responded with ${removed.status}`);
  }

  private appOf(service: string): string {
    return `${this.url}/eureka/apps/${service.toUpperCase()}`;
  }

  private instanceOf({ service, address }: Instance): string {
    return `${this.appOf(service)}/${address}`;
  }
}

function registration({ service, address }: Instance, leaseMs: number): object {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  return {
    instanceId: address,
    app: service.toUpperCase(),
    vipAddress: service,
    hostName: host,
    ipAddr: host,
    status: 'UP',
    port: { $: Number(port), '@enabled': true },
    dataCenterInfo: { '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo', name: 'MyOwn' },
    // Eureka evicts an instance only after twice this time since its last renewal.
    leaseInfo: { renewalIntervalInSecs: 1, durationInSecs: Math.max(1, Math.floor(leaseMs / 2_000)) },
  };
}
