import type { Instance, Listing, Registry } from '../directory.js';
import { bodyOf, longPollMs, request } from './http.js';

interface Range {
  readonly header: { readonly revision: string };
  readonly kvs?: ReadonlyArray<{ readonly value: string }>;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const prefixOf = (service: string): string => `ftgo/services/${service}/`;
/** All keys with a prefix: up to the first key after them. */
const keysOf = (service: string) => ({ key: base64(prefixOf(service)), range_end: base64(`${prefixOf(service).slice(0, -1)}0`) });

/** etcd 3 through its JSON gateway: a key for each instance, with a lease; a watch that ends at the first change. */
export class EtcdRegistry implements Registry {
  private readonly leases = new Map<string, string>();

  constructor(private readonly url: string) {}

  async list(service: string, previous: Listing | undefined, signal: AbortSignal): Promise<Listing> {
    if (previous?.version !== undefined) await this.change(service, Number(previous.version) + 1, signal);
    const { header, kvs = [] } = await this.post<Range>('kv/range', keysOf(service), signal);
    return { addresses: kvs.map(({ value }) => Buffer.from(value, 'base64').toString()), version: header.revision };
  }

  async renew({ service, address }: Instance, leaseMs: number): Promise<void> {
    const key = prefixOf(service) + address;
    const known = this.leases.get(key);
    if (known !== undefined) {
      const { result } = await this.post<{ result?: { TTL?: string } }>('lease/keepalive', { ID: known });
      if (Number(result?.TTL ?? 0) > 0) return;
    }
    const { ID } = await this.post<{ ID: string }>('lease/grant', { TTL: String(Math.ceil(leaseMs / 1_000)) });
    await this.post('kv/put', { key: base64(key), value: base64(address), lease: ID });
    this.leases.set(key, ID);
  }

  async withdraw({ service, address }: Instance): Promise<void> {
    const key = prefixOf(service) + address;
    const lease = this.leases.get(key);
    this.leases.delete(key);
    if (lease !== undefined) await this.post('lease/revoke', { ID: lease });
  }

  /** Waits for the first change since a revision. */
  private async change(service: string, revision: number, signal: AbortSignal): Promise<void> {
    const late = AbortSignal.timeout(longPollMs);
    const stop = AbortSignal.any([signal, late]);
    try {
      const body = { create_request: { ...keysOf(service), start_revision: String(revision) } };
      const response = await request(`${this.url}/v3/watch`, { method: 'POST', body, withinMs: 2 * longPollMs, signal: stop });
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
        if (/"events"|"canceled"|"error"/.test(text)) return;
      }
    } catch (error) {
      if (!late.aborted) throw error;
    }
  }

  private async post<Body>(path: string, body: object, signal?: AbortSignal): Promise<Body> {
    return bodyOf<Body>(await request(`${this.url}/v3/${path}`, { method: 'POST', body, ...(signal ? { signal } : {}) }));
  }
}
