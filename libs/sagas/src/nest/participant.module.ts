import { type Middleware, Outbox, type PayloadType, type Refusal, Transactions } from '@ftgo/messaging';
import { MessagingExtension } from '@ftgo/messaging-nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { answeringOnce } from '../participant/answering-once.js';
import { PgAnswers } from '../participant/answers.js';

/** What the module needs. */
export interface ParticipantModuleOptions {
  /** The body of a failure reply. */
  readonly refusal: PayloadType<Refusal>;
}

/**
 * Turns the commands handled by this application into those of a saga participant. Needs `Transactions` and `Outbox` from a global module,
 * and MessagingModule.
 */
@Module({})
export class ParticipantModule {
  static forRoot({ refusal }: ParticipantModuleOptions): DynamicModule {
    return {
      module: ParticipantModule,
      providers: [
        { provide: PgAnswers, inject: [Transactions], useFactory: (transactions: Transactions) => new PgAnswers(transactions) },
        {
          provide: SagaParticipant,
          inject: [PgAnswers, Outbox],
          useFactory: (answers: PgAnswers, outbox: Outbox) => new SagaParticipant(answers, refusal, outbox),
        },
      ],
    };
  }
}

/** Replies to each step of a saga once, and deletes old replies. */
export class SagaParticipant extends MessagingExtension {
  constructor(
    private readonly answers: PgAnswers,
    private readonly refusal: PayloadType<Refusal>,
    private readonly outbox: Outbox,
  ) {
    super();
  }

  override middleware(): Middleware[] {
    return [answeringOnce({ answers: this.answers, refusal: this.refusal, outbox: this.outbox })];
  }

  override async forget(): Promise<void> {
    await this.answers.prune();
  }
}
