import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { config } from '../config.js';
import { freePorts, isAnswering, isFree } from '../process/ports.js';
import { waitUntil } from '../process/wait.js';
import { UserError } from '../user-error.js';
import { type App, managementPortOf } from '../workspace/apps.js';
import type { Home } from './home.js';

/** The port of each endpoint: `order-service http` → 8082. */
export type PortPlan = Readonly<Record<string, number>>;

export const portOf = (plan: PortPlan, name: string): number => {
  const port = plan[name];
  if (port === undefined) throw new Error(`no port planned for ${name}`);
  return port;
};

/** The port of an app's health, metrics and operations; undefined if it has no HTTP. Without security, it is that of everything. */
export const managementPortIn = (plan: PortPlan, app: string): number | undefined => plan[`${app} management`] ?? plan[`${app} http`];

/** The ports of a registry: that of its clients, and those that it needs itself. */
export const registryPorts = ['registry', 'registry 2', 'registry 3', 'registry 4'] as const;

/** The ports of contract and infrastructure, shifted by FTGO_PORT_OFFSET; or any free ports, with FTGO_PORTS=free. */
export async function planPorts(apps: readonly App[], home: Home, { isSecure = false } = {}): Promise<PortPlan> {
  const standard = standardPorts(apps, isSecure);
  if (config.usesFreePorts) return remembered(Object.keys(standard), home);
  const offset = Number(config.portOffset);
  if (!Number.isInteger(offset)) throw new UserError(`invalid FTGO_PORT_OFFSET '${config.portOffset}': expected a whole number`);
  return Object.fromEntries(Object.entries(standard).map(([name, port]) => [name, port + offset]));
}

/** Fails with a one-line error if one of the ports is in use. */
export async function checkPorts(plan: PortPlan, names: readonly string[]): Promise<void> {
  const wrong = names.find((name) => portOf(plan, name) < 1 || portOf(plan, name) > 65_535);
  if (wrong) throw new UserError(`invalid FTGO_PORT_OFFSET: ${wrong} would get port ${portOf(plan, wrong)}; choose another offset`);
  const taken = await takenPorts(plan, names);
  if (taken.length === 0) return;
  const [noun, verb] = taken.length === 1 ? ['port', 'is'] : ['ports', 'are'];
  const list = taken.map((name) => `${portOf(plan, name)} (${name})`).join(', ');
  const offset = Number(config.portOffset) + 100;
  throw new UserError(
    `${noun} ${list} ${verb} in use by another program; stop it, or shift all ports: FTGO_PORT_OFFSET=${offset} npm start`,
  );
}

/** Waits a moment, since an outgoing connection may briefly hold a port: gRPC's are in the ephemeral range. */
async function takenPorts(plan: PortPlan, names: readonly string[]): Promise<string[]> {
  let taken = [...names];
  await waitUntil(
    async () => {
      const isFreeNow = await Promise.all(taken.map((name) => isFree(portOf(plan, name))));
      taken = taken.filter((_, i) => !isFreeNow[i]);
      const answers = await Promise.all(taken.map((name) => isAnswering(portOf(plan, name))));
      return taken.length === 0 || answers.some(Boolean);
    },
    { withinMs: 5_000, everyMs: 250 },
  );
  return taken;
}

function standardPorts(apps: readonly App[], isSecure: boolean): PortPlan {
  const ports: Record<string, number> = { postgres: 54_329, kafka: 19_092, 'kafka controller': 19_093 };
  for (const [i, name] of registryPorts.entries()) ports[name] = 19_100 + i;
  for (const { name, http, grpc } of apps) {
    if (http !== undefined) ports[`${name} http`] = http;
    if (http !== undefined && isSecure) ports[`${name} management`] = managementPortOf(http);
    if (grpc !== undefined) ports[`${name} grpc`] = grpc;
  }
  return ports;
}

/** Free ports are kept over restarts with the same data: clients and Kafka's own listeners depend on it. */
async function remembered(names: readonly string[], home: Home): Promise<PortPlan> {
  const known = existsSync(home.ports) ? (JSON.parse(readFileSync(home.ports, 'utf8')) as PortPlan) : {};
  const missing = names.filter((name) => known[name] === undefined);
  const found = await freePorts(missing.length);
  const plan: PortPlan = { ...known, ...Object.fromEntries(missing.map((name, i) => [name, found[i] as number])) };
  writeFileSync(home.ports, JSON.stringify(plan, undefined, 2));
  // Without those that an earlier start needed, with other options.
  return Object.fromEntries(names.map((name) => [name, portOf(plan, name)]));
}
