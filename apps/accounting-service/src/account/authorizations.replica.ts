import { type RebuildResult, Replica } from '@ftgo/operations';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from './account.repository.js';

/** The view of authorisations, which operators can rebuild from the events of all accounts. */
@Injectable()
export class AuthorizationsReplica extends Replica {
  override readonly name = 'authorizations';

  constructor(private readonly accounts: AccountRepository) {
    super();
  }

  override async rebuild(): Promise<RebuildResult> {
    return { handled: await this.accounts.rebuildView(), skipped: 0, topics: [] };
  }
}
