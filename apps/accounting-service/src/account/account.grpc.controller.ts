import {
  type AccountEntry,
  AccountingServiceApi,
  type BatchGetAuthorizationsRequest,
  type BatchGetAuthorizationsResponse,
  type DisableAccountRequest,
  type DisableAccountResponse,
  type EnableAccountRequest,
  type EnableAccountResponse,
  type GetAccountRequest,
  type GetAccountResponse,
  type ListEntriesRequest,
  type ListEntriesResponse,
  type SetCreditLimitRequest,
  type SetCreditLimitResponse,
} from '@ftgo/contracts/accounting';
import type { PastEvent } from '@ftgo/event-sourcing';
import { consumerId, orderId } from '@ftgo/ftgo';
import { Allow, batchOf, maxBatch, moneyValue, valid } from '@ftgo/platform';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { detailsOf } from './account.details.js';
import type { AccountEvent } from './account.js';
import { AccountingService } from './accounting.service.js';
import { AuthorizationView } from './authorization.view.js';

const setCreditLimitRequest = z.object({ creditLimit: moneyValue() });
const listEntriesRequest = z.object({ afterSequence: z.int().min(0, 'must not be negative') });

@Controller()
export class AccountGrpcController {
  constructor(
    private readonly accounting: AccountingService,
    private readonly authorizations: AuthorizationView,
  ) {}

  @Allow('consumer', 'operator', 'service')
  @Rpc(AccountingServiceApi.method.getAccount)
  async getAccount({ accountId }: GetAccountRequest): Promise<GetAccountResponse> {
    return { account: detailsOf(await this.accounting.getAccount(consumerId(accountId))) };
  }

  @Allow('operator')
  @Rpc(AccountingServiceApi.method.disableAccount)
  async disableAccount({ accountId }: DisableAccountRequest): Promise<DisableAccountResponse> {
    await this.accounting.disableAccount(consumerId(accountId));
    return this.getAccount({ accountId });
  }

  @Allow('operator')
  @Rpc(AccountingServiceApi.method.enableAccount)
  async enableAccount({ accountId }: EnableAccountRequest): Promise<EnableAccountResponse> {
    await this.accounting.enableAccount(consumerId(accountId));
    return this.getAccount({ accountId });
  }

  @Allow('operator')
  @Rpc(AccountingServiceApi.method.setCreditLimit)
  async setCreditLimit(request: SetCreditLimitRequest): Promise<SetCreditLimitResponse> {
    const { accountId } = request;
    const { creditLimit } = await valid(setCreditLimitRequest, request);
    await this.accounting.changeCreditLimit(consumerId(accountId), creditLimit);
    return this.getAccount({ accountId });
  }

  @Allow('consumer', 'operator', 'service')
  @Rpc(AccountingServiceApi.method.listEntries)
  async listEntries(request: ListEntriesRequest): Promise<ListEntriesResponse> {
    const { afterSequence } = await valid(listEntriesRequest, request);
    const entries = await this.accounting.getEntries(consumerId(request.accountId), afterSequence);
    return { entries: entries.map(entryOf) };
  }

  @Allow('operator', 'service')
  @Rpc(AccountingServiceApi.method.batchGetAuthorizations)
  async batchGetAuthorizations({ orderIds }: BatchGetAuthorizationsRequest): Promise<BatchGetAuthorizationsResponse> {
    return { authorizations: batchOf(await this.authorizations.ofOrders(orderIds.map(orderId), maxBatch + 1)) };
  }
}

const typeOf = {
  AccountOpened: 'ACCOUNT_OPENED',
  AccountDisabled: 'ACCOUNT_DISABLED',
  AccountEnabled: 'ACCOUNT_ENABLED',
  CreditLimitChanged: 'CREDIT_LIMIT_CHANGED',
  CardAuthorized: 'CARD_AUTHORIZED',
  AuthorizationRevised: 'AUTHORIZATION_REVISED',
  AuthorizationReversed: 'AUTHORIZATION_REVERSED',
  AuthorizationCaptured: 'AUTHORIZATION_CAPTURED',
} as const;

function entryOf({ version, occurredAt, actor, event }: PastEvent<AccountEvent>): AccountEntry {
  const { kind, ...fields } = event;
  return { sequence: version, type: typeOf[kind], occurredAt, actor, ...fields };
}
