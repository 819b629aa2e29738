import type { AboutOrder } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { AuthorizationState } from './account-state.js';

interface AuthorizationRow {
  readonly id: number;
  readonly accountId: number;
  readonly state: AuthorizationState;
  readonly amount: number;
}

/** Authorisations by order, from the view. */
@Injectable()
export class AuthorizationFacts extends FactSource {
  readonly about = 'orders';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<AboutOrder[]> {
    const authorizations = await this.database.query<AuthorizationRow>(
      `SELECT order_id AS id, account_id AS "accountId", state, amount
       FROM authorizations WHERE order_id > $1 AND order_id <= $2 ORDER BY order_id LIMIT $3`,
      [after, until, limit],
    );
    return authorizations.map(({ id, ...authorization }) => ({ id, authorization }));
  }
}
