/** Something is not as the relay needs it; the message says what, and how to mend it. */
export class Misconfigured extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'Misconfigured';
  }
}

/** The database is not ready for a relay yet: its migrations have not run. */
export class NotMigrated extends Error {
  constructor(what: string) {
    super(`there is no ${what} yet: it comes with the migrations of the service`);
    this.name = 'NotMigrated';
  }
}

/** Another relay leads this database. */
export class SlotIsTaken extends Error {
  constructor(slot: string, message = `another relay has the slot ${slot}`) {
    super(message);
    this.name = 'SlotIsTaken';
  }
}

/** Another relay makes the slot of this database, and cannot lead before old transactions have ended. */
export class SlotBeingCreated extends SlotIsTaken {
  constructor(slot: string, transactions: string) {
    const which = transactions === '' ? '' : `: ${transactions}`;
    super(slot, `another relay creates slot ${slot} and waits for transactions that were open before it${which}`);
    this.name = 'SlotBeingCreated';
  }
}

/** What the log brings is not proved any more to be everything: the term is over, and the next one publishes from the table. */
export class ProofBroken extends Error {
  constructor(what: string) {
    super(`the relay cannot prove any more that the log has every message: ${what}`);
    this.name = 'ProofBroken';
  }
}

/** SQLSTATEs that are told apart. */
export const sqlState = {
  undefinedObject: '42704',
  objectInUse: '55006',
  notInPrerequisiteState: '55000',
  limitExceeded: '53400',
  undefinedTable: '42P01',
  insufficientPrivilege: '42501',
  lockNotAvailable: '55P03',
} as const;

export const sqlStateOf = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;
