import type { OrderId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { type AccountEvent, type AccountId, type Authorization, stateAfter } from './account.js';
import type { SettledState } from './account-state.js';

/** An authorisation and the account that it belongs to. */
export interface AuthorizationOf extends Authorization {
  readonly accountId: AccountId;
}

interface Row extends Omit<AuthorizationOf, 'amount'> {
  readonly amount: number;
  readonly currency: string;
}

/**
 * Authorisations by order, updated from the accounts' events in the same transaction. The view still has the
 * authorisations that accounts have dropped. Read the view after the account when a decision depends on it: an
 * authorisation that is settled in between is an event of that account, so the decision fails with `ConcurrentUpdate`.
 */
@Injectable()
export class AuthorizationView {
  constructor(private readonly database: Database) {}

  /** The authorisations that exist. */
  async ofOrders(ids: readonly OrderId[], limit?: number): Promise<AuthorizationOf[]> {
    const rows = await this.database.query<Row>(
      `SELECT order_id AS "orderId", account_id AS "accountId", authorization_id AS "authorizationId", state, amount, currency
       FROM authorizations WHERE order_id = ANY ($1::bigint[]) ORDER BY order_id LIMIT $2`,
      [ids, limit ?? null],
    );
    return rows.map(({ currency, amount, ...row }) => ({ ...row, amount: Money.ofMinorUnits(amount, currency) }));
  }

  async find(id: OrderId): Promise<AuthorizationOf | undefined> {
    const [found] = await this.ofOrders([id]);
    return found;
  }

  /** How the authorisation of an order was settled; undefined if it is open or was never made. */
  async settledStateOf(id: OrderId): Promise<SettledState | undefined> {
    const [row] = await this.database.query<{ state: SettledState }>(
      `SELECT state FROM authorizations WHERE order_id = $1 AND state IN ('REVERSED', 'CAPTURED')`,
      [id],
    );
    return row?.state;
  }

  async note(accountId: AccountId, event: AccountEvent): Promise<void> {
    if (!('orderId' in event)) return;
    const { kind, orderId, authorizationId, amount } = event;
    await this.database.query(
      `INSERT INTO authorizations (order_id, account_id, authorization_id, state, amount, currency) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, amount = excluded.amount, currency = excluded.currency`,
      [orderId, accountId, authorizationId, stateAfter[kind], amount.minorUnits, amount.currency],
    );
  }

  /** Empties the view for a rebuild; until the transaction ends, no one else can write it. */
  async clear(): Promise<void> {
    await this.database.query('LOCK TABLE authorizations IN SHARE ROW EXCLUSIVE MODE');
    await this.database.query('DELETE FROM authorizations');
  }
}
