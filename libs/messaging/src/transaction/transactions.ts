import { AsyncLocalStorage } from 'node:async_hooks';
import type { Statement } from '../postgres/statement.js';
import type { Rows, Session, SessionSource } from './session.js';

/** Thrown when something that needs a transaction, such as sending a message, is called outside of `Transactions.run`. */
export class NoTransaction extends Error {
  constructor(what: string) {
    super(`${what} needs a transaction; call it inside Transactions.run(…)`);
    this.name = 'NoTransaction';
  }
}

/**
 * Receives what was collected during a transaction: just before the commit, to write it in as few statements as possible, and
 * after the commit.
 */
export interface Collector<Item> {
  flush?(items: readonly Item[], transaction: Transaction): Promise<void>;
  /** Called after the commit with what was written. */
  committed?(items: readonly Item[]): void;
}

/** An open transaction. Created by `Transactions.run`; do not keep it beyond that. */
export class Transaction {
  private readonly collected = new Map<Collector<unknown>, unknown[]>();
  private savepoints = 0;

  constructor(readonly session: Session) {}

  query<Row = Record<string, unknown>>(statement: Statement): Promise<Rows<Row>> {
    return this.session.query<Row>(statement);
  }

  /** Keeps an item until the commit; a rollback to a savepoint discards later items. */
  collect<Item>(collector: Collector<Item>, item: Item): void {
    const items = this.collected.get(collector);
    if (items) items.push(item);
    else this.collected.set(collector, [item]);
  }

  /** Runs `work`; if it throws, its effects are undone, the transaction remains usable, and the error is rethrown. */
  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const name = `work_${++this.savepoints}`;
    const marks = new Map([...this.collected].map(([collector, items]) => [collector, items.length]));
    const [begin, end] = [`SAVEPOINT ${name}`, `RELEASE SAVEPOINT ${name}`];
    this.postpone({ name: begin, text: begin }).catch(ignore);
    try {
      const result = await work();
      if (!this.session.withdraw?.(begin)) this.postpone({ name: end, text: end }).catch(ignore);
      return result;
    } catch (error) {
      if (!this.session.withdraw?.(begin)) await this.undo(name);
      for (const [collector, items] of this.collected) items.length = marks.get(collector) ?? 0;
      throw error;
    } finally {
      this.savepoints--;
    }
  }

  /**
   * Sends a statement whose result is not needed, if possible together with the next one, whose error may then be that of this
   * statement. So it is for statements that do not fail because of their data, and for collectors, after everything else.
   */
  async postpone(statement: Statement): Promise<void> {
    if (this.session.postpone) this.session.postpone(statement);
    else await this.query(statement);
  }

  private async undo(savepoint: string): Promise<void> {
    await this.query({ text: `ROLLBACK TO SAVEPOINT ${savepoint}` });
    this.postpone({ text: `RELEASE SAVEPOINT ${savepoint}` }).catch(ignore);
  }

  /** A collector may add items to later ones, for example messages to be sent. */
  async flush(): Promise<void> {
    for (const [collector, items] of this.collected) if (items.length > 0) await collector.flush?.(items, this);
  }

  announceCommit(): void {
    for (const [collector, items] of this.collected) if (items.length > 0) collector.committed?.(items);
  }
}

/**
 * The ambient transaction of one database: everything inside `run` shares it, so that a message's inbox row, a service's
 * changes and the outbox rows commit together or not at all.
 */
export class Transactions {
  private readonly ambient = new AsyncLocalStorage<Transaction>();

  constructor(private readonly sessions: SessionSource) {}

  /** Runs `work` in the open transaction, or in a new one. */
  run<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const open = this.ambient.getStore();
    return open ? work(open) : this.begin(work);
  }

  /** The open transaction; outside of one it throws NoTransaction with the name of what needed it. */
  current(what: string): Transaction {
    return this.open ?? fail(new NoTransaction(what));
  }

  get open(): Transaction | undefined {
    return this.ambient.getStore();
  }

  private async begin<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const session = await this.sessions.acquire();
    let broken: Error | undefined;
    try {
      await session.begin();
      const transaction = new Transaction(session);
      const result = await this.ambient.run(transaction, async () => {
        const done = await work(transaction);
        await transaction.flush();
        return done;
      });
      await session.commit();
      transaction.announceCommit();
      return result;
    } catch (error) {
      broken = await session.rollback().then(
        () => undefined,
        (rollbackError: Error) => rollbackError,
      );
      throw error;
    } finally {
      session.release(broken);
    }
  }
}

/** The error of a statement that is sent in passing is that of every later one. */
const ignore = (): void => undefined;

function fail(error: Error): never {
  throw error;
}
