import { messagingSchema } from '@ftgo/messaging';
import { participantSchema } from '@ftgo/sagas';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Tickets0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...messagingSchema('ftgo_relay'), ...participantSchema(), ...tables]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('cannot undo the first migration; drop the database instead');
  }
}

const tables = [
  // The id is the order's id.
  `CREATE TABLE tickets (
    id bigint PRIMARY KEY,
    restaurant_id bigint NOT NULL,
    state text NOT NULL CHECK (state IN
      ('CREATE_PENDING', 'CREATION_CANCELLED', 'AWAITING_ACCEPTANCE', 'ACCEPTED', 'PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP',
       'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING')),
    state_before_lock text,
    line_items jsonb NOT NULL,
    proposed_line_items jsonb,
    ready_by timestamptz,
    created_at timestamptz NOT NULL,
    accepted_at timestamptz,
    preparing_at timestamptz,
    ready_for_pickup_at timestamptz,
    picked_up_at timestamptz,
    cancelled_at timestamptz,
    version integer NOT NULL
  )`,
  'CREATE INDEX tickets_of_restaurant ON tickets (restaurant_id, id)',
  // Replica of the restaurants of restaurant-service; sequence is that of the last event applied.
  `CREATE TABLE restaurants (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    menu_items jsonb NOT NULL,
    sequence bigint NOT NULL
  )`,
];
