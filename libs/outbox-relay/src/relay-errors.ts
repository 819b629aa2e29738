/** The database or the server does not meet the relay's requirements; the message states each problem and its repair. */
export class Misconfigured extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'Misconfigured';
  }
}

/** The migrations of the database have not run yet. */
export class NotMigrated extends Error {
  constructor(what: string) {
    super(`${what} does not exist yet: run the migrations of the service`);
    this.name = 'NotMigrated';
  }
}

/** Another relay leads this database. */
export class SlotIsTaken extends Error {
  constructor(slot: string, message = `slot ${slot} is in use by another relay`) {
    super(message);
    this.name = 'SlotIsTaken';
  }
}

/** Another relay is creating the slot of this database, and cannot lead until old transactions have ended. */
export class SlotBeingCreated extends SlotIsTaken {
  constructor(slot: string, transactions: string) {
    const which = transactions === '' ? '' : `: ${transactions}`;
    super(slot, `another relay is creating slot ${slot} and is waiting for older transactions to end${which}`);
    this.name = 'SlotBeingCreated';
  }
}

/** It is no longer proved that the log has every message: the term ends, and the next one publishes from the table. */
export class ProofBroken extends Error {
  constructor(what: string) {
    super(`the relay can no longer prove that the log has every message: ${what}`);
    this.name = 'ProofBroken';
  }
}

/** The SQLSTATEs that are handled. */
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
