import { event, eventChannel, jsonPayload, type PayloadOf } from '@ftgo/messaging';

/** Entries are the events of an account, so that an entry's number is also the sequence of its message. */
const ledgerEvents = eventChannel('ftgo.ledger.events', { source: '/ledger-producer/accounts' });

export const EntryWritten = event(ledgerEvents, jsonPayload<{ account: number; number: number }>('ftgo.ledger.v1.EntryWritten'));
export type EntryWritten = PayloadOf<typeof EntryWritten>;

export const ledgerTopic = { topic: ledgerEvents.topic, partitions: 3, retentionMs: -1 };
export const accounts = 12;

export const producer = 'ledger-producer';
export const consumer = 'ledger-consumer';
export const producerDatabase = 'ftgo_ledger_producer';
export const consumerDatabase = 'ftgo_ledger_consumer';
