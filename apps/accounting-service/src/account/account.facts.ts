import { consumerId } from '@ftgo/ftgo';
import type { AboutConsumer } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { Account } from './account.js';
import { AccountRepository } from './account.repository.js';
import { accountStream } from './account.stream.js';

interface SumsRow {
  readonly id: number;
  readonly authorized: number;
  readonly captured: number;
}

/** Accounts as they are used, according to all their events, and according to the view of authorisations. */
@Injectable()
export class AccountFacts extends FactSource {
  readonly about = 'consumers';

  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
  ) {
    super();
  }

  async read(range: FactRange): Promise<AboutConsumer[]> {
    const sums = await this.sums(range);
    const facts: AboutConsumer[] = [];
    for (const { id, authorized, captured } of sums) {
      const account = factOf(await this.accounts.load(consumerId(id)));
      const events = factOf(await this.accounts.replayed(consumerId(id)));
      facts.push({ id, account, events, authorizations: { authorized, captured } });
    }
    return facts;
  }

  /** Every stream has one first event. */
  private sums({ after, until, limit }: FactRange): Promise<SumsRow[]> {
    return this.database.query<SumsRow>(
      `SELECT o.id, coalesce(sum(a.amount) FILTER (WHERE a.state IN ('AUTHORIZED', 'REVISED')), 0)::bigint AS authorized,
         coalesce(sum(a.amount) FILTER (WHERE a.state = 'CAPTURED'), 0)::bigint AS captured
       FROM (SELECT stream_id::bigint AS id FROM stored_event
             WHERE stream = $1 AND version = 1 AND stream_id::bigint > $2 AND stream_id::bigint <= $3 ORDER BY 1 LIMIT $4) AS o
       LEFT JOIN authorizations a ON a.account_id = o.id GROUP BY o.id ORDER BY o.id`,
      [accountStream.stream, after, until, limit],
    );
  }
}

const factOf = ({ state, version, creditLimit, authorized, captured }: Account) => ({
  state,
  version,
  creditLimit: creditLimit?.minorUnits,
  authorized: authorized.minorUnits,
  captured: captured.minorUnits,
});
