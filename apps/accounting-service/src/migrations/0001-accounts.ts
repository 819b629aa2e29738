import { eventSourcingSchema } from '@ftgo/event-sourcing';
import { messagingSchema } from '@ftgo/messaging';
import { participantSchema } from '@ftgo/sagas';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Accounts0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [...messagingSchema('ftgo_relay'), ...participantSchema(), ...eventSourcingSchema(), ...view];
    for (const statement of statements) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('a first migration is undone by dropping the database');
  }
}

const view = [
  'CREATE SEQUENCE authorization_ids',
  // Accounts have no table: they are their events. This one answers whose authorisation an order has, and can be made anew.
  `CREATE TABLE authorizations (
    order_id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    authorization_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('AUTHORIZED', 'REVISED', 'REVERSED')),
    amount bigint NOT NULL,
    currency text NOT NULL
  )`,
];
