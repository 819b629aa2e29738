import type { Instance, Listing, Registry } from '../directory.js';
import { bodyOf, longPollMs, request } from './http.js';

interface Entry {
  readonly Service: { readonly Address: string; readonly Port: number };
}

const idOf = ({ service, address }: Instance): string => `${service}-${address}`;

/** Consul through its HTTP API: a service with a TTL check for each instance; a blocking query for the passing ones. */
export class ConsulRegistry implements Registry {
  constructor(private readonly url: string) {}

  async list(service: string, previous: Listing | undefined, signal: AbortSignal): Promise<Listing> {
    const query = previous?.version === undefined ? '' : `&index=${previous.version}&wait=${longPollMs}ms`;
    const path = `${this.url}/v1/health/service/${service}?passing${query}`;
    // Consul adds up to a sixteenth to the time.
    const response = await request(path, { signal, ...(query ? { withinMs: 2 * longPollMs } : {}) });
    const entries = await bodyOf<Entry[]>(response);
    const index = Number(response.headers.get('x-consul-index') ?? 0);
    // An index that goes back belongs to a server that has restarted: the next query must not wait for it.
    const version = index > 0 && index >= Number(previous?.version ?? 0) ? String(index) : undefined;
    return { addresses: entries.map(({ Service: { Address, Port } }) => `${Address}:${Port}`), version };
  }

  async renew(instance: Instance, leaseMs: number): Promise<void> {
    const passed = await request(`${this.url}/v1/agent/check/pass/service:${idOf(instance)}`, { method: 'PUT' });
    if (passed.ok) return;
    const [, host, port] = /^(.*):(\d+)$/.exec(instance.address) ?? [];
    const body = {
      ID: idOf(instance),
      Name: instance.service,
      Address: host,
      Port: Number(port),
      Check: { TTL: `${leaseMs}ms`, Status: 'passing', DeregisterCriticalServiceAfter: '1m' },
    };
    await demandOk(await request(`${this.url}/v1/agent/service/register`, { method: 'PUT', body }));
  }

  async withdraw(instance: Instance): Promise<void> {
    await demandOk(await request(`${this.url}/v1/agent/service/deregister/${idOf(instance)}`, { method: 'PUT' }));
  }
}

async function demandOk(response: Response): Promise<void> {
  if (!response.ok) throw new Error(`${response.url} responded with ${response.status}: ${(await response.text()).slice(0, 200)}`);
}
