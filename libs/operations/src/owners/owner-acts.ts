import type { Transactions } from '@ftgo/messaging';
import type { OperatorActions } from '@ftgo/messaging/operations';
import { principalId } from '@ftgo/platform';
import { operatorOf } from '../operator.js';
import type { AssignOwnerRequest, OwnerResponse } from './owners.dto.js';

/** Assigns things to people, and records who did it and why in the same transaction. */
export class OwnerActs {
  constructor(
    private readonly transactions: Transactions,
    private readonly actions: OperatorActions,
  ) {}

  assign(
    thing: Pick<OwnerResponse, 'kind' | 'id'>,
    { by, reason, issuer, subject }: AssignOwnerRequest,
    assign: (principal: string) => Promise<void>,
  ): Promise<OwnerResponse> {
    return this.transactions.run(async (transaction) => {
      await assign(principalId({ issuer, subject }));
      const act = { action: `${thing.kind}.assign`, subjects: [`${thing.kind}/${thing.id}`], reason };
      await this.actions.record(transaction, operatorOf(by), act);
      return { ...thing, issuer, subject };
    });
  }
}
