import { AuthorizeCard, type AuthorizeCardReply, ReverseAuthorization, ReviseAuthorization } from '@ftgo/contracts/accounting';
import { consumerId, orderId } from '@ftgo/ftgo';
import { HandlesCommand } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { AccountingService, type Charge } from './accounting.service.js';

@Injectable()
export class AccountCommandHandlers {
  constructor(private readonly accounting: AccountingService) {}

  @HandlesCommand(AuthorizeCard)
  async authorizeCard(command: AuthorizeCard): Promise<AuthorizeCardReply> {
    return { authorizationId: await this.accounting.authorizeCard(chargeOf(command)) };
  }

  @HandlesCommand(ReviseAuthorization)
  reviseAuthorization(command: ReviseAuthorization): Promise<void> {
    return this.accounting.reviseAuthorization(chargeOf(command));
  }

  @HandlesCommand(ReverseAuthorization)
  reverseAuthorization(command: ReverseAuthorization): Promise<void> {
    return this.accounting.reverseAuthorization(consumerId(command.consumerId), orderId(command.orderId));
  }
}

const chargeOf = (command: AuthorizeCard | ReviseAuthorization): Charge => ({
  accountId: consumerId(command.consumerId),
  orderId: orderId(command.orderId),
  amount: command.orderTotal,
});
