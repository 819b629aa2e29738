import { EventSourcedRepository, EventStore, type PastEvent } from '@ftgo/event-sourcing';
import { consumerId } from '@ftgo/ftgo';
import { NotYet, Outbox, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { AccountNotFound } from './account.errors.js';
import { Account, type AccountEvent, type AccountId } from './account.js';
import { accountStream } from './account.stream.js';
import { AuthorizationView } from './authorization.view.js';

@Injectable()
export class AccountRepository {
  private readonly streams: EventSourcedRepository<Account, AccountEvent>;

  constructor(
    private readonly transactions: Transactions,
    outbox: Outbox,
    private readonly database: Database,
    private readonly view: AuthorizationView,
  ) {
    this.streams = new EventSourcedRepository(accountStream, new EventStore(transactions), outbox);
  }

  /** Also returns an account that is not open yet. */
  load(id: AccountId): Promise<Account> {
    return this.streams.load(id);
  }

  async get(id: AccountId): Promise<Account> {
    const account = await this.load(id);
    if (!account.isOpened) throw new AccountNotFound(id);
    return account;
  }

  /** The account of an existing consumer is opened by an event, so a missing account is not a rejection yet. */
  async getOnceOpened(id: AccountId): Promise<Account> {
    const account = await this.load(id);
    if (!account.isOpened) throw new NotYet(new AccountNotFound(id));
    return account;
  }

  async save(account: Account, events: readonly AccountEvent[]): Promise<void> {
    await this.streams.save(account, events);
    for (const event of events) await this.view.note(account.id, event);
  }

  history(id: AccountId, after: number): Promise<Array<PastEvent<AccountEvent>>> {
    return this.streams.history(id, { after });
  }

  async nextAuthorizationId(): Promise<number> {
    const [next] = await this.database.query<{ id: number }>(`SELECT nextval('authorization_ids') AS id`);
    return next?.id as number;
  }

  /** The account according to all its events, without a snapshot. */
  async replayed(id: AccountId): Promise<Account> {
    let account = Account.before(id);
    for (let page = await this.history(id, 0); page.length > 0; page = await this.history(id, account.version))
      account = page.reduce((before, { event }) => before.after(event), account);
    return account;
  }

  /** Rebuilds the view of authorisations from all events; resolves to their number. */
  rebuildView(): Promise<number> {
    return this.transactions.run(async () => {
      let events = 0;
      await this.view.clear();
      for await (const { id, event } of this.streams.replay()) {
        await this.view.note(consumerId(Number(id)), event);
        events++;
      }
      return events;
    });
  }
}
