import type { AccountDetails } from '@ftgo/contracts/accounting';
import { Allow, AnswersAnyId, MayRespondWith, RepresentedAs, RespondsWith, Summary } from '@ftgo/platform';
import { Body, Controller, Get, Param, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { detailsOf } from './account.details.js';
import { accountForms, accountIdParam, creditLimitRequest, entriesQuery, entriesResponse, entryJson } from './account.http.dto.js';
import type { AccountId } from './account.js';
import { AccountingService } from './accounting.service.js';

@Controller('accounts')
export class AccountHttpController {
  constructor(private readonly accounting: AccountingService) {}

  @Allow('consumer', 'operator', 'service')
  @Get(':accountId')
  @RepresentedAs(accountForms)
  async getAccount(@Param('accountId', { schema: accountIdParam }) id: AccountId): Promise<AccountDetails> {
    return detailsOf(await this.accounting.getAccount(id));
  }

  @Allow('consumer', 'operator', 'service')
  @Get(':accountId/entries')
  @Summary('Get the entries of an account')
  @AnswersAnyId()
  @RespondsWith(entriesResponse)
  async getEntries(
    @Param('accountId', { schema: accountIdParam }) id: AccountId,
    @Query({ schema: entriesQuery }) { after }: z.output<typeof entriesQuery>,
  ) {
    const entries = await this.accounting.getEntries(id, after);
    return { accountId: String(id), entries: entries.map(entryJson) };
  }

  @Allow('operator')
  @Post(':accountId/disable')
  @Summary('Disable an account')
  @MayRespondWith(409)
  @RepresentedAs(accountForms)
  async disable(@Param('accountId', { schema: accountIdParam }) id: AccountId) {
    await this.accounting.disableAccount(id);
    return this.getAccount(id);
  }

  @Allow('operator')
  @Post(':accountId/enable')
  @Summary('Enable an account')
  @MayRespondWith(409)
  @RepresentedAs(accountForms)
  async enable(@Param('accountId', { schema: accountIdParam }) id: AccountId) {
    await this.accounting.enableAccount(id);
    return this.getAccount(id);
  }

  @Allow('operator')
  @Put(':accountId/limit')
  @Summary('Change the credit limit of an account')
  @MayRespondWith(422)
  @RepresentedAs(accountForms)
  async changeCreditLimit(
    @Param('accountId', { schema: accountIdParam }) id: AccountId,
    @Body({ schema: creditLimitRequest }) { creditLimit }: z.output<typeof creditLimitRequest>,
  ) {
    await this.accounting.changeCreditLimit(id, creditLimit);
    return this.getAccount(id);
  }
}
