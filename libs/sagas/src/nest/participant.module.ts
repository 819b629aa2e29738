import { type Middleware, type PayloadType, type Refusal, Transactions } from '@ftgo/messaging';
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
 * Turns the commands handled by this application into those of a saga participant. Needs `Transactions` from a global module,
 * and MessagingModule.
 */
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

/** Replies to each step of a saga once, and deletes old replies. */
export class SagaParticipant extends MessagingExtension {
  constructor(
    private readonly answers: PgAnswers,
    private readonly refusal: PayloadType<Refusal>,
  ) {
    super();
  }

  override middleware(): Middleware[] {
    return [answeringOnce({ answers: this.answers, refusal: this.refusal })];
  }

  override async forget(): Promise<void> {
    await this.answers.prune();
  }
}
