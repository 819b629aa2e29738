import { OutboxProgress, Transactions } from '@ftgo/messaging';
import {
  DeadLetterActions,
  DeadLetterReader,
  OperatorActions,
  OutboxActions,
  OutboxReader,
  StruckMessageActions,
  StruckMessages,
} from '@ftgo/messaging/operations';
import { MessagingRuntime } from '@ftgo/messaging-nest';
import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { DeadLettersHttpController } from './dead-letters/dead-letters.http.controller.js';
import { FactSources } from './facts/fact-sources.js';
import { FactsHttpController } from './facts/facts.http.controller.js';
import { MessageAudit } from './facts/messages/message-audit.js';
import { MessageFlow } from './facts/messages/message-flow.js';
import { OperationsSettings } from './operations-settings.js';
import { OutboxHttpController } from './outbox/outbox.http.controller.js';
import { OwnerActs } from './owners/owner-acts.js';
import { replicasIn } from './replicas/discovery.js';
import { ReplicaRebuilds } from './replicas/replica-rebuilds.js';
import { ReplicasHttpController } from './replicas/replicas.http.controller.js';
import { StrikeOuts } from './struck-messages/strike-outs.js';
import { StruckMessagesHttpController } from './struck-messages/struck-messages.http.controller.js';

export interface OperationsModuleOptions {
  /** Whether operators may act from other machines; default false. */
  readonly isOpen?: boolean | undefined;
  /** The topics on which the service sends, each with the prefix of its sources there; default: none. */
  readonly sends?: ReadonlyMap<string, string> | undefined;
}

/** What operators see and do at a service with messages, under `/operations`. Needs DatabaseModule and MessagingModule. */
@Module({})
export class OperationsModule {
  static forRoot({ isOpen = false, sends = new Map() }: OperationsModuleOptions): DynamicModule {
    const onTransactions = <T>(provide: new (transactions: Transactions) => T) => ({
      provide,
      inject: [Transactions],
      useFactory: (transactions: Transactions) => new provide(transactions),
    });
    const onActions = <T>(provide: new (transactions: Transactions, actions: OperatorActions) => T) => ({
      provide,
      inject: [Transactions, OperatorActions],
      useFactory: (transactions: Transactions, actions: OperatorActions) => new provide(transactions, actions),
    });
    return {
      module: OperationsModule,
      global: true,
      imports: [DiscoveryModule],
      controllers: [
        DeadLettersHttpController,
        FactsHttpController,
        OutboxHttpController,
        ReplicasHttpController,
        StruckMessagesHttpController,
      ],
      providers: [
        { provide: OperationsSettings, useValue: new OperationsSettings(isOpen, sends) },
        FactSources,
        MessageAudit,
        MessageFlow,
        onTransactions(OperatorActions),
        onTransactions(DeadLetterReader),
        onTransactions(StruckMessages),
        StrikeOuts,
        {
          provide: OutboxReader,
          inject: [Transactions, OutboxProgress],
          useFactory: (transactions: Transactions, progress: OutboxProgress) => new OutboxReader(transactions, progress),
        },
        onActions(OutboxActions),
        onActions(DeadLetterActions),
        onActions(StruckMessageActions),
        onActions(OwnerActs),
        {
          provide: ReplicaRebuilds,
          inject: [Transactions, DiscoveryService, MessagingRuntime],
          useFactory: (transactions: Transactions, discovery: DiscoveryService, messaging: MessagingRuntime) =>
            new ReplicaRebuilds(transactions, {
              replicas: () => replicasIn(discovery),
              service: () => messaging.replayed,
              onDeadLetters: () => messaging.consumer?.deadLettersChanged(),
            }),
        },
      ],
      exports: [OperationsSettings, OperatorActions, OwnerActs],
    };
  }
}
