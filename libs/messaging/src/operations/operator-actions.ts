import type { Transaction, Transactions } from '../transaction/transactions.js';

/** Who acts, and why. */
export interface Operator {
  /** The name that is recorded. */
  readonly name: string;
  /** False if the name was merely sent along. */
  readonly isVerified: boolean;
}

/** An act of an operator, as it was recorded. */
export interface OperatorAction {
  readonly at: Date;
  readonly actor: string;
  readonly isVerified: boolean;
  /** For example `dead-letter.discard`. */
  readonly action: string;
  /** What it was done to, for example `dead-letter/17`. */
  readonly subject: string;
  readonly reason?: string | undefined;
}

/** The acts of operators on a service's data, each recorded in the transaction of the act itself. */
export class OperatorActions {
  constructor(private readonly transactions: Transactions) {}

  /** Records an act on each of the subjects. */
  async record(
    transaction: Transaction,
    { name, isVerified }: Operator,
    { action, subjects, reason }: { readonly action: string; readonly subjects: readonly string[]; readonly reason?: string | undefined },
  ): Promise<void> {
    await transaction.query({
      text: `INSERT INTO operator_action (actor, is_verified, action, subject, reason) SELECT $1, $2, $3, unnest($4::text[]), $5`,
      values: [name, isVerified, action, subjects, reason ?? null],
    });
  }

  /** The acts on a subject, or on everything; newest first. */
  list({ subject, limit = 100 }: { readonly subject?: string; readonly limit?: number } = {}): Promise<OperatorAction[]> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{
        at: Date;
        actor: string;
        is_verified: boolean;
        action: string;
        subject: string;
        reason: string | null;
      }>({
        text: `SELECT at, actor, is_verified, action, subject, reason FROM operator_action
          WHERE $1::text IS NULL OR subject = $1 ORDER BY id DESC LIMIT $2`,
        values: [subject ?? null, limit],
      });
      return rows.map(({ is_verified, reason, ...row }) => ({ ...row, isVerified: is_verified, reason: reason ?? undefined }));
    });
  }
}
