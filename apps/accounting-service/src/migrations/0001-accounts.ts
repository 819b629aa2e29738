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
    throw new Error('cannot undo the first migration; drop the database instead');
  }
}

const view = [
  'CREATE SEQUENCE authorization_ids',
  // Accounts have no table; they consist of their events. This table finds the authorisation of an order, and can be
  // rebuilt.
  `CREATE TABLE authorizations (
    order_id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    authorization_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('AUTHORIZED', 'REVISED', 'REVERSED')),
    amount bigint NOT NULL,
    currency text NOT NULL
  )`,
];
