import { setTimeout as pause } from 'node:timers/promises';
import { services, topicsSentBy } from '@ftgo/contracts/channels';
import { forgetOffsets } from '@ftgo/testing';
import type { CrashSystem } from './crash-system.js';
import { consumer as ledgerConsumer, producer as ledgerProducer } from './ledger/entries.js';
import type { Random } from './random.js';
import type { ProxiedServer } from './servers.js';

/** Something that goes wrong at one process or server. */
export interface Fault {
  /** What it happens to; a round has one fault per target. */
  readonly target: string;
  /** The name under which it is counted. */
  readonly name: string;
  /** Its parameters, for the report. */
  readonly detail: string;
  /** False if it could not happen: no one reached the step. */
  cause(system: CrashSystem): Promise<boolean>;
}

const consumers = [
  'accounting-service',
  'consumer-service',
  'delivery-service',
  'kitchen-service',
  'order-history-service',
  'order-service',
  ledgerConsumer,
];
const senders = [...services.filter((service) => topicsSentBy(service).size > 0), ledgerProducer];

/** Every announced step, with the processes that announce it. */
export const steps: Readonly<Record<string, readonly string[]>> = {
  'messaging.outbox.committed': senders,
  'messaging.relay.published': ['outbox-relay'],
  'messaging.relay.acked': ['outbox-relay'],
  'messaging.inbox.handled': consumers,
  'messaging.consumer.offset-committed': consumers,
  'sagas.step': ['order-service'],
};
/** Its announcements are few. */
const rareSender = 'restaurant-service';

const processes = [...new Set([...senders, ...consumers, 'outbox-relay', 'api-gateway'])];

const happened = (work: (system: CrashSystem) => Promise<unknown>) => (system: CrashSystem) => work(system).then(() => true);

function killedAtStep(random: Random): Fault {
  const points = Object.entries(steps).flatMap(([channel, apps]) => apps.map((app) => ({ channel, app })));
  const { channel, app } = random.oneOf(points);
  const nth = app === rareSender ? 1 : random.from(1, 5);
  return { target: app, name: `kill at ${channel}`, detail: `#${nth}`, cause: (system) => system.killAt(app, channel, nth) };
}

const killedAnytime =
  (apps: readonly string[]) =>
  (random: Random): Fault => {
    const app = random.oneOf(apps);
    const afterMs = random.from(0, 2_000);
    return {
      target: app,
      name: 'kill',
      detail: `after ${afterMs} ms`,
      cause: happened(async ({ system }) => {
        await pause(afterMs);
        await system.kill(app);
      }),
    };
  };

/** Longer than the session of a member of a group (6 s), or of a relay (10 s). */
function paused(random: Random): Fault {
  const app = random.oneOf(processes);
  const forMs = random.from(7_000, 13_000);
  return { target: app, name: 'SIGSTOP', detail: `for ${forMs} ms`, cause: happened((system) => system.pause(app, () => pause(forMs))) };
}

function redelivered(random: Random): Fault {
  const app = random.oneOf(consumers);
  return {
    target: app,
    name: 'everything delivered again',
    detail: '',
    cause: happened(async ({ system, servers }) => {
      await system.stop(app);
      try {
        await forgetOffsets(servers.kafka.proxy.address, app);
      } finally {
        await system.start(app);
      }
    }),
  };
}

const serverNames = ['postgres', 'kafka'] as const;

function serverFault(
  name: string,
  detail: string,
  target: (typeof serverNames)[number],
  work: (server: ProxiedServer) => Promise<void>,
): Fault {
  return { target, name, detail, cause: happened(({ servers }) => work(servers[target])) };
}

function serverKilled(random: Random): Fault {
  const forMs = random.from(0, 3_000);
  return serverFault('kill', `down for ${forMs} ms`, random.oneOf(serverNames), async ({ process }) => {
    await process.kill();
    await pause(forMs);
    await process.start();
  });
}

/** Only Kafka: each session of Postgres is a process of its own. */
function kafkaPaused(random: Random): Fault {
  const forMs = random.from(2_000, 9_000);
  return serverFault('SIGSTOP', `for ${forMs} ms`, 'kafka', async ({ process: { pid } }) => {
    if (pid === undefined) throw new Error('kafka is not running');
    process.kill(pid, 'SIGSTOP');
    await pause(forMs);
    process.kill(pid, 'SIGCONT');
  });
}

function connectionsCut(random: Random): Fault {
  const times = random.from(1, 4);
  return serverFault('connections cut', `×${times}`, random.oneOf(serverNames), async ({ proxy }) => {
    for (let i = 0; i < times; i++) {
      proxy.cut();
      await pause(500);
    }
  });
}

function connectionsDelayed(random: Random): Fault {
  const ms = random.from(20, 400);
  return serverFault('connections delayed', `by ${ms} ms`, random.oneOf(serverNames), async ({ proxy }) => {
    proxy.delay(ms);
    await pause(4_000);
    proxy.delay(0);
  });
}

function connectionsHalfOpen(random: Random): Fault {
  const gone = random.oneOf(['client', 'server'] as const);
  return serverFault('connections half-open', `${gone} gone`, random.oneOf(serverNames), ({ proxy }) => {
    proxy.lose(gone);
    return Promise.resolve();
  });
}

function unreachable(random: Random): Fault {
  const forMs = random.from(500, 4_000);
  const admission = random.oneOf(['refuse', 'silent'] as const);
  return serverFault('unreachable', `${admission} for ${forMs} ms`, random.oneOf(serverNames), async ({ proxy }) => {
    await proxy.admit(admission);
    proxy.cut();
    await pause(forMs);
    await proxy.admit('forward');
    // Connections that were accepted without a response would wait for their timeouts.
    proxy.cut();
  });
}

/** Postgres may give up (it does if its log cannot grow); then it is started when there is space again. */
function diskFull(random: Random): Fault {
  const forMs = random.from(500, 3_000);
  return {
    target: 'postgres',
    name: 'disk full',
    detail: `for ${forMs} ms`,
    cause: async ({ servers: { disk, postgres } }) => {
      if (typeof disk === 'string') return false;
      disk.fill();
      await pause(forMs);
      disk.free();
      if (!postgres.process.isRunning) await postgres.process.start();
      return true;
    },
  };
}

/** The kinds of faults, each as often as its weight. */
const kinds: ReadonlyArray<readonly [weight: number, make: (random: Random) => Fault]> = [
  [40, killedAtStep],
  [10, killedAnytime(processes)],
  [6, killedAnytime(['api-gateway'])], // it announces no step
  [5, paused],
  [8, redelivered],
  [10, serverKilled],
  [3, kafkaPaused],
  [5, connectionsCut],
  [4, connectionsDelayed],
  [3, connectionsHalfOpen],
  [3, unreachable],
  [6, diskFull],
];
const bag = kinds.flatMap(([weight, make]) => Array.from({ length: weight }, () => make));
const mostFaults = 3;

/** The faults of a round. */
export function faultsOf(random: Random): Fault[] {
  const count = random.from(1, mostFaults);
  const faults = new Map<string, Fault>();
  while (faults.size < count) {
    const fault = random.oneOf(bag)(random);
    if (!faults.has(fault.target)) faults.set(fault.target, fault);
  }
  return [...faults.values()];
}

export const nameOf = ({ target, name, detail }: Fault): string => [target, name, detail].filter(Boolean).join(' ');
