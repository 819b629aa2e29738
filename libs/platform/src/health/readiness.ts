import { MessagingHealth } from '@ftgo/messaging-nest';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** A part of a service. `/health/ready` checks every provider of this class. */
export abstract class ReadinessIndicator {
  abstract readonly name: string;
  /** If false, requests can be served without this part: the service is ready, but degraded while the check fails. */
  readonly isRequired: boolean = true;
  /** Rejects if the part does not work; the error's message is shown as the reason. */
  abstract check(): Promise<void>;
}

export interface Readiness {
  /** Whether requests can be served. */
  readonly ready: boolean;
  /** `ready` or the reason, by part. */
  readonly parts: Readonly<Record<string, string>>;
  /** The failing parts without which requests can be served, each with the cause; absent if there are none. */
  readonly degraded?: Readonly<Record<string, string>>;
}

export type HealthStatus = 'up' | 'degraded' | 'down';

/** `up` only if every part works. */
export const statusOf = ({ ready, degraded }: Readiness): HealthStatus => {
  if (!ready) return 'down';
  return degraded ? 'degraded' : 'up';
};

type Indicator = Pick<ReadinessIndicator, 'name' | 'isRequired' | 'check'>;

interface Answer {
  readonly name: string;
  readonly isRequired: boolean;
  readonly state: string;
}

const isReady = 'ready';
const patienceMs = 2_000;

/** Checks every part of the service. */
@Injectable()
export class ReadinessCheck implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private pending: Promise<Readiness> | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  /** Set when the service is asked to stop. */
  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Aborts when the service is asked to stop. Endless work, such as a stream to a client, must end then. */
  get whenStopping(): AbortSignal {
    return this.stopping.signal;
  }

  /** Makes the service not ready, so that load balancers send new requests elsewhere. */
  stop(): void {
    this.stopping.abort();
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Concurrent callers share one check, since each check uses connections to the database. */
  async readiness(): Promise<Readiness> {
    if (this.isStopping) return { ready: false, parts: { service: 'stopping' } };
    this.pending ??= this.checkAll().finally(() => (this.pending = undefined));
    return this.pending;
  }

  private async checkAll(): Promise<Readiness> {
    const answers = await Promise.all(this.indicators().map(answerOf));
    const degraded = answers.filter(({ isRequired, state }) => !isRequired && state !== isReady);
    return {
      ready: answers.every(({ isRequired, state }) => !isRequired || state === isReady),
      parts: byName(answers),
      ...(degraded.length > 0 ? { degraded: byName(degraded) } : {}),
    };
  }

  private indicators(): Indicator[] {
    const instances = new Set(this.discovery.getProviders().map((wrapper) => wrapper.instance as unknown));
    return [...instances].flatMap((instance) => {
      if (instance instanceof ReadinessIndicator) return [instance];
      return instance instanceof MessagingHealth ? messaging(instance) : [];
    });
  }
}

const byName = (answers: readonly Answer[]): Record<string, string> =>
  Object.fromEntries(answers.map(({ name, state }) => [name, state] as const));

const messaging = (health: MessagingHealth): Indicator[] => [
  { name: 'messaging', isRequired: false, check: () => demandNone(health.consuming()) },
  { name: 'outbox', isRequired: false, check: async () => demandNone(await health.publishing()) },
];

const demandNone = (problem: string | undefined): Promise<void> => (problem ? Promise.reject(new Error(problem)) : Promise.resolve());

async function answerOf(indicator: Indicator): Promise<Answer> {
  const { name, isRequired } = indicator;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${patienceMs} ms`)), patienceMs);
  });
  try {
    await Promise.race([indicator.check(), late]);
    return { name, isRequired, state: isReady };
  } catch (error) {
    return { name, isRequired, state: (error as Error).message || 'not ready' };
  } finally {
    clearTimeout(timer);
  }
}
