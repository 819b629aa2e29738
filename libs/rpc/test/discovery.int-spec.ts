import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { registryKinds, whyNoRegistry } from '@ftgo/runner/registries';
import { eventually } from '@ftgo/testing';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DnsDirectory } from '../src/discovery/dns-directory.js';
import { StaticDirectory } from '../src/discovery/static-directory.js';
import { Discovery, grpcProxy, openDiscovery } from '../src/index.js';
import { startDns } from './dns-server.fixture.js';
import { order, startOrderService } from './order-service.fixture.js';
import { startRegistry, type TestRegistry } from './registry.fixture.js';

class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}

const root = new URL('../../../', import.meta.url).pathname;
const fromSource = ['--import', './tools/swc-hooks.mjs', '--conditions=@ftgo/source', 'libs/rpc/test/discovered-instance.main.ts'];
const leaseMs = 3_000;

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

// The outages are expected.
beforeAll(() => Logger.overrideLogger(false));

/** The ids of the instances that respond to some calls: 17 is in this process, others are process ids. */
async function responding(proxy: OrderServiceProxy, calls = 20): Promise<Set<number>> {
  const orders = await Promise.all(Array.from({ length: calls }, () => proxy.getOrder({ orderId: 1 })));
  return new Set(orders.map(({ order: { orderId } }) => orderId));
}

describe.each(registryKinds)('instances that register themselves in %s', (kind) => {
  const missing = whyNoRegistry(kind);
  if (missing) {
    it.skip(`(skipped: ${missing})`);
    return;
  }

  let registry: TestRegistry;
  let discovery: Discovery;
  let proxy: OrderServiceProxy;
  const config = () => ({ discovery: kind, registryUrl: registry.url, registryLeaseMs: leaseMs }) as const;
  const processes = new Set<ChildProcess>();

  const startInstance = async (): Promise<ChildProcess & { pid: number }> => {
    const env = {
      PATH: process.env['PATH'],
      FTGO_DISCOVERY: kind,
      FTGO_REGISTRY_URL: registry.url,
      FTGO_REGISTRY_LEASE_MS: String(leaseMs),
    };
    const child = spawn(process.execPath, fromSource, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    processes.add(child);
    await once(child.stdout, 'data');
    return child as ChildProcess & { pid: number };
  };
  const newDiscovery = () => openDiscovery(config());
  let first: ChildProcess & { pid: number };

  beforeAll(async () => {
    registry = await startRegistry(kind);
    discovery = await newDiscovery();
    proxy = new OrderServiceProxy({ discovery, retries: 0, breakAfterFailures: 1_000 });
    first = await startInstance();
  }, 240_000);
  afterAll(async () => {
    for (const each of processes) each.kill('SIGKILL');
    proxy?.onApplicationShutdown();
    await discovery?.close();
    await registry?.close();
  });

  it('get calls soon after they have started', async ({ annotate }) => {
    await eventually(async () => expect(await responding(proxy)).toEqual(new Set([first.pid])));
    const second = await startInstance();
    const startedAt = performance.now();
    await eventually(async () => expect(await responding(proxy)).toEqual(new Set([first.pid, second.pid])));
    await annotate(`${kind}: a new instance got calls after ${seconds(startedAt)}`);
  });

  it('get no more calls when they stop, and no call fails', async () => {
    const [, second] = [...processes];
    const exit = once(second!, 'exit');
    let hasExited = false;
    void exit.then(() => (hasExited = true));
    second!.kill('SIGTERM');
    while (!hasExited) await responding(proxy, 4);
    expect(await responding(proxy)).toEqual(new Set([first.pid]));
  });

  it('are no longer listed when they have died and their lease has ended', async ({ annotate }) => {
    const third = await startInstance();
    await eventually(async () => expect(await listed()).toHaveLength(2));
    third.kill('SIGKILL');
    const diedAt = performance.now();
    await eventually(async () => expect(await listed()).toHaveLength(1));
    await annotate(`${kind}: a dead instance was listed for ${seconds(diedAt)}, with a lease of ${leaseMs / 1_000} s`);
    expect(await responding(proxy)).toEqual(new Set([first.pid]));
  });

  it('are not listed while they are not ready', async () => {
    let isReady = true;
    const other = await newDiscovery();
    other.register({ service: 'kitchen-service', address: '127.0.0.1:1' }, () => Promise.resolve(isReady));
    other.register({ service: 'kitchen-service', address: '127.0.0.1:2' }, () => Promise.resolve(true));
    await eventually(async () => expect((await listed('kitchen-service')).toSorted()).toEqual(['127.0.0.1:1', '127.0.0.1:2']));
    isReady = false;
    await eventually(async () => expect(await listed('kitchen-service')).toEqual(['127.0.0.1:2']));
    await other.close();
  });

  it('are called while the registry is down or silent, and register again when it is back without its data', async () => {
    await registry.kill();
    const end = performance.now() + 2 * leaseMs;
    while (performance.now() < end) await onlyFirstResponds();

    let isFilled = false;
    const fill = async () => {
      await registry.acceptInSilence();
      await registry.startEmpty();
      await eventually(async () => expect(await listed()).toHaveLength(1));
      isFilled = true;
    };
    const call = async () => {
      while (!isFilled) await onlyFirstResponds();
    };
    await Promise.all([fill(), call()]);
    const fourth = await startInstance();
    await eventually(async () => expect(await responding(proxy)).toEqual(new Set([first.pid, fourth.pid])));
  }, 120_000);

  /** A pause after each round of calls leaves the processors to the registry and the other specs. */
  async function onlyFirstResponds(): Promise<void> {
    expect(await responding(proxy, 4)).toEqual(new Set([first.pid]));
    await pause(25);
  }

  /** The instances found by a process that starts now. */
  async function listed(service = 'order-service'): Promise<readonly string[]> {
    const fresh = await newDiscovery();
    try {
      return await new Promise<readonly string[]>((resolve, reject) => {
        setTimeout(() => reject(new Error('the registry does not respond')), 3_000).unref();
        fresh.watch(service, resolve);
      });
    } finally {
      await fresh.close();
    }
  }
});

describe('instances that others list', () => {
  const cleanUps: Array<() => Promise<void> | void> = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  const startAt = async (host: string, orderId: number, port = 0) => {
    const server = await startOrderService({ getOrder: async () => ({ order: { ...order, orderId } }) }, { host, port });
    cleanUps.push(() => server.close());
    return server;
  };
  const proxyOf = (discovery: Discovery, options: Partial<ConstructorParameters<typeof OrderServiceProxy>[0]> = {}) => {
    const proxy = new OrderServiceProxy({ discovery, ...options });
    cleanUps.push(async () => {
      proxy.onApplicationShutdown();
      await discovery.close();
    });
    return proxy;
  };

  it('in DNS, get calls when a record is added, and none when it is removed; an outage of DNS changes nothing', async () => {
    const dns = await startDns();
    const { port } = await startAt('127.0.0.1', 1);
    await startAt('127.0.0.2', 2, port);
    dns.addresses = ['127.0.0.1'];
    const directory = new DnsDirectory({ 'order-service': `order-service.test:${port}` }, dns.lookup);
    const proxy = proxyOf(new Discovery({ directory, leaseMs }));
    await eventually(async () => expect(await responding(proxy)).toEqual(new Set([1])));
    dns.addresses = ['127.0.0.1', '127.0.0.2'];
    await eventually(async () => expect(await responding(proxy)).toEqual(new Set([1, 2])));
    dns.addresses = ['127.0.0.2'];
    await eventually(async () => expect(await responding(proxy)).toEqual(new Set([2])));
    dns.close();
    expect(await responding(proxy)).toEqual(new Set([2]));
  });

  it.each(['round_robin', 'random'] as const)(
    'in the configuration, share the calls (%s); one that is down gets none',
    async (balancing) => {
      const [one, two, three] = await Promise.all([1, 2, 3].map((id) => startAt('127.0.0.1', id)));
      const addresses = [one, two, three].map((each) => each!.url).join(', ');
      const discovery = new Discovery({ directory: new StaticDirectory({ 'order-service': addresses }), leaseMs });
      const proxy = proxyOf(discovery, { balancing });
      await eventually(async () => expect(await responding(proxy, 60)).toEqual(new Set([1, 2, 3])));
      await two!.close();
      await eventually(async () => expect(await responding(proxy, 60)).toEqual(new Set([1, 3])));
    },
  );

  it('get calls according to what is outstanding: a slow one gets no further calls while others are free', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let slowCalls = 0;
    let noteSlowCall: () => void = () => undefined;
    const slowCalled = new Promise<void>((resolve) => (noteSlowCall = resolve));
    const slow = await startOrderService({
      getOrder: async () => {
        slowCalls += 1;
        noteSlowCall();
        await held;
        return { order: { ...order, orderId: 1 } };
      },
    });
    cleanUps.push(() => slow.close());
    const fast = await startAt('127.0.0.1', 2);
    const directory = new StaticDirectory({ 'order-service': `${slow.url},${fast.url}` });
    const proxy = proxyOf(new Discovery({ directory, leaseMs }), { balancing: 'least_outstanding', deadlineMs: 60_000 });
    const answers: Array<Promise<unknown>> = [];
    await eventually(async () => {
      const call = proxy.getOrder({ orderId: 1 });
      answers.push(call);
      await Promise.race([call, slowCalled]);
      expect(slowCalls).toBe(1);
    });
    for (let call = 0; call < 20; call++) expect((await proxy.getOrder({ orderId: 1 })).order.orderId).toBe(2);
    expect(slowCalls).toBe(1);
    release();
    await Promise.all(answers);
  });
});
