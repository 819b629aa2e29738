import { Transactions } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { EntryWritten } from './entries.js';

/** Records what it handles, in order. No key prevents a duplicate: only the inbox does. */
@Injectable()
export class Consumer {
  constructor(private readonly transactions: Transactions) {}

  @HandlesEvent(EntryWritten)
  async record({ account, number }: EntryWritten): Promise<void> {
    await this.transactions
      .current('recording an entry')
      .query({ text: 'INSERT INTO handled (account, number) VALUES ($1, $2)', values: [account, number] });
  }
}
