import { Transactions } from '@ftgo/messaging';
import { DeadLetterActions, DeadLetterReader, OperatorActions } from '@ftgo/messaging/operations';
import { type DynamicModule, Module } from '@nestjs/common';
import { DeadLettersHttpController } from './dead-letters/dead-letters.http.controller.js';
import { OperationsSettings } from './operations-settings.js';

export interface OperationsModuleOptions {
  /** Whether operators may act from other machines; default false. */
  readonly isOpen?: boolean | undefined;
}

/** What operators see and do at a service with messages, under `/operations`. Needs DatabaseModule and MessagingModule. */
@Module({})
export class OperationsModule {
  static forRoot({ isOpen = false }: OperationsModuleOptions): DynamicModule {
    const onTransactions = <T>(provide: new (transactions: Transactions) => T) => ({
      provide,
      inject: [Transactions],
      useFactory: (transactions: Transactions) => new provide(transactions),
    });
    return {
      module: OperationsModule,
      global: true,
      controllers: [DeadLettersHttpController],
      providers: [
        { provide: OperationsSettings, useValue: new OperationsSettings(isOpen) },
        onTransactions(OperatorActions),
        onTransactions(DeadLetterReader),
        {
          provide: DeadLetterActions,
          inject: [Transactions, OperatorActions],
          useFactory: (transactions: Transactions, actions: OperatorActions) => new DeadLetterActions(transactions, actions),
        },
      ],
      exports: [OperationsSettings, OperatorActions],
    };
  }
}
