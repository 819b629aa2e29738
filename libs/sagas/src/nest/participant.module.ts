import { setTimeout as delay } from 'node:timers/promises';
import { type CommandMiddleware, MessagingExtension, type PayloadType, type Refusal, Transactions } from '@ftgo/messaging';
import { type BeforeApplicationShutdown, type DynamicModule, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { answeringOnce } from '../participant/answering-once.js';
import { PgAnswers } from '../participant/answers.js';

/** What the module needs. */
export interface ParticipantModuleOptions {
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
}

/** Makes the commands of this application's handlers those of a saga's participant. Needs `Transactions` from a global module, and MessagingModule. */
@Module({})
export class ParticipantModule {
  static forRoot({ refusal }: ParticipantModuleOptions): DynamicModule {
    return {
      module: ParticipantModule,
      providers: [
        { provide: PgAnswers, inject: [Transactions], useFactory: (transactions: Transactions) => new PgAnswers(transactions) },
        { provide: SagaParticipant, inject: [PgAnswers], useFactory: (answers: PgAnswers) => new SagaParticipant(answers, refusal) },
      ],
    };
  }
}

const pruneEveryMs = 3_600_000;

/** Answers each step of a saga once, and forgets answers in time. */
export class SagaParticipant extends MessagingExtension implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private pruning: Promise<void> = Promise.resolve();

  constructor(
    private readonly answers: PgAnswers,
    private readonly refusal: PayloadType<Refusal>,
  ) {
    super();
  }

  override commandMiddleware(): CommandMiddleware[] {
    return [answeringOnce({ answers: this.answers, refusal: this.refusal })];
  }

  onApplicationBootstrap(): void {
    this.pruning = this.prune();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.pruning;
  }

  private async prune(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.answers.prune().catch((error: unknown) => new Logger('Sagas').warn(`old answers were not pruned: ${String(error)}`));
      await delay(pruneEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
