import { Module } from '@nestjs/common';
import { AccountCommandHandlers } from './account.command-handlers.js';
import { AccountEventHandlers } from './account.event-handlers.js';
import { AccountFacts } from './account.facts.js';
import { AccountGrpcController } from './account.grpc.controller.js';
import { AccountHttpController } from './account.http.controller.js';
import { AccountRepository } from './account.repository.js';
import { AccountingService } from './accounting.service.js';
import { AuthorizationFacts } from './authorization.facts.js';
import { AuthorizationView } from './authorization.view.js';
import { AuthorizationsReplica } from './authorizations.replica.js';
import { DeliveryEventHandlers } from './delivery.event-handlers.js';
import { owners } from './owners.module.js';

@Module({
  controllers: [AccountHttpController, AccountGrpcController],
  providers: [
    AccountRepository,
    AuthorizationView,
    AuthorizationsReplica,
    AccountingService,
    AccountCommandHandlers,
    AccountEventHandlers,
    DeliveryEventHandlers,
    AccountFacts,
    AuthorizationFacts,
    owners,
  ],
})
export class AccountModule {}
