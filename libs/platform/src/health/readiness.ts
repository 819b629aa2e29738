import { MessagingRuntime } from '@ftgo/messaging';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';

/** Something without which a service cannot do its work. Every provider of this class is asked by `/health/ready`. */
export abstract class ReadinessIndicator {
  abstract readonly name: string;
  /** Rejects when it is not ready; the error's message is the reason that is shown. */
  abstract check(): Promise<void>;
}

export interface Readiness {
  readonly ready: boolean;
  /** For each part: `ready`, or why not. */
  readonly parts: Readonly<Record<string, string>>;
}

const patienceMs = 2_000;

/** Asks every part of the service whether it can work. */
@Injectable()
export class ReadinessCheck implements OnModuleDestroy {
  private readonly stopping = new AbortController();

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

  async readiness(): Promise<Readiness> {
    if (this.isStopping) return { ready: false, parts: { service: 'stopping' } };
    const answers = await Promise.all(this.indicators().map(async (indicator) => [indicator.name, await answerOf(indicator)] as const));
    return { ready: answers.every(([, answer]) => answer === 'ready'), parts: Object.fromEntries(answers) };
  }

  private indicators(): Array<Pick<ReadinessIndicator, 'name' | 'check'>> {
    const instances = new Set(this.discovery.getProviders().map((wrapper) => wrapper.instance as unknown));
    return [...instances].flatMap((instance) => {
      if (instance instanceof ReadinessIndicator) return [instance];
      if (instance instanceof MessagingRuntime) return [messaging(instance)];
      return [];
    });
  }
}

const messaging = (runtime: MessagingRuntime) => ({
  name: 'messaging',
  check: () => (runtime.ready ? Promise.resolve() : Promise.reject(new Error('not consuming yet'))),
});

async function answerOf(indicator: Pick<ReadinessIndicator, 'check'>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
  });
  try {
    await Promise.race([indicator.check(), late]);
    return 'ready';
  } catch (error) {
    return (error as Error).message || 'not ready';
  } finally {
    clearTimeout(timer);
  }
}
