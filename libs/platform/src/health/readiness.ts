import { MessagingHealth } from '@ftgo/messaging-nest';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** A part of a service. Every provider of this class is asked by `/health/ready`. */
export abstract class ReadinessIndicator {
  abstract readonly name: string;
  /** False: requests can be served without it, so the service is ready, and degraded while the check fails. */
  readonly isRequired: boolean = true;
  /** Rejects when the part does not work; the error's message is the reason that is shown. */
  abstract check(): Promise<void>;
}

export interface Readiness {
  /** Requests can be served. */
  readonly ready: boolean;
  /** For each part: `ready`, or why not. */
  readonly parts: Readonly<Record<string, string>>;
  /** The parts that do not work and without which requests can be served, each with the cause; absent when there is none. */
  readonly degraded?: Readonly<Record<string, string>>;
}

export type HealthStatus = 'up' | 'degraded' | 'down';

/** `up` only when every part works. */
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

/** Asks every part of the service whether it works. */
@Injectable()
export class ReadinessCheck implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private asked: Promise<Readiness> | undefined;

  constructor(private readonly discovery: DiscoveryService) {}

  /** From the moment in which the service is asked to stop. */
  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Aborts in that moment. Whatever would go on for ever, such as a stream to a client, ends itself then. */
  get whenStopping(): AbortSignal {
    return this.stopping.signal;
  }

  /** From now on not ready: load balancers send new requests elsewhere. */
  stop(): void {
    this.stopping.abort();
  }

  onModuleDestroy(): void {
    this.stop();
  }

  /** Whoever asks while an answer is being found gets the same one: each costs connections to the database. */
  async readiness(): Promise<Readiness> {
    if (this.isStopping) return { ready: false, parts: { service: 'stopping' } };
    this.asked ??= this.ask().finally(() => (this.asked = undefined));
    return this.asked;
  }

  private async ask(): Promise<Readiness> {
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
    timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
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
