import { signIn } from '@ftgo/runner/sign-in';
import { eventually, startSystem, type TestSystem } from '@ftgo/testing';
import { anOrder, post, type Senders, watchApprovals } from '../order/orders.js';
import { cpuSeconds, familyCpuSeconds } from '../proc.js';
import { median } from '../report.js';

export interface Way {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The measurements of one system; CPU per order. */
export interface Measured {
  readonly answeredMs: number;
  readonly approvedMs: number;
  readonly appsCpuMs: number;
  readonly allCpuMs: number;
}

const warmUp = 50;
/** No token expires during a measurement. */
const tokenSeconds = '36000';

/** Places orders one after the other, as the person who has created their consumer: the issuer knows no ids. */
export async function measure({ env }: Way, orders: number): Promise<Measured> {
  const system = await startSystem({ env: { ...env, FTGO_IDENTITY_TOKEN_SECONDS: tokenSeconds } });
  try {
    return await place(system, orders);
  } finally {
    await system.close();
  }
}

async function place(system: TestSystem, orders: number): Promise<Measured> {
  const gateway = system.urls['api-gateway'] ?? '';
  const senders = await sendersOf(system);
  const body = await anOrder(gateway, system.urls, senders);
  const approvals = await watchApprovals(system.broker);
  const approve = async (): Promise<{ answered: number; approved: number }> => {
    const began = performance.now();
    const { orderId } = await post<{ orderId: number }>(`${gateway}/orders`, body, senders.consumer);
    const answered = performance.now() - began;
    return { answered, approved: (await approvals.of(String(orderId))) - began };
  };
  await eventually(approve);
  for (let i = 0; i < warmUp; i++) await approve();
  const processes = await system.ps();
  const used = () => ({
    apps: sum(processes.filter(({ name }) => name in system.urls).map(({ pid }) => cpuSeconds(pid))),
    all: sum(processes.map(({ pid }) => familyCpuSeconds(pid))),
  });
  const [before, times] = [used(), [] as Array<Awaited<ReturnType<typeof approve>>>];
  for (let i = 0; i < orders; i++) times.push(await approve());
  const after = used();
  await approvals.close();
  return {
    answeredMs: median(times.map(({ answered }) => answered)),
    approvedMs: median(times.map(({ approved }) => approved)),
    appsCpuMs: ((after.apps - before.apps) / orders) * 1_000,
    allCpuMs: ((after.all - before.all) / orders) * 1_000,
  };
}

async function sendersOf({ security }: TestSystem): Promise<Senders> {
  if (!security?.own) return {};
  const { issuer, own } = security;
  const headersOf = async (name: string) => ({ authorization: `Bearer ${await signIn(issuer, { name, password: own.password })}` });
  return { consumer: await headersOf('ada'), restaurant: await headersOf('ajanta') };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
