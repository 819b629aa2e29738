import { messagingSchema } from '@ftgo/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Deliveries0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...messagingSchema('ftgo_relay'), ...tables]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('cannot undo the first migration; drop the database instead');
  }
}

const tables = [
  // The id is the order's id. Whichever event about it comes first creates the row: EXPECTED until the order is known.
  `CREATE TABLE deliveries (
    id bigint PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('EXPECTED', 'PENDING', 'SCHEDULED', 'PICKED_UP', 'DELIVERED', 'CANCELLED')),
    is_called_off boolean NOT NULL,
    ticket_progress text NOT NULL CHECK (ticket_progress IN ('UNKNOWN', 'ACCEPTED', 'PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP')),
    ready_by timestamptz,
    restaurant_id bigint,
    delivery_address jsonb,
    delivery_time timestamptz,
    courier_id bigint,
    pickup_address jsonb,
    scheduled_at timestamptz,
    picked_up_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    version integer NOT NULL,
    CHECK (state = 'EXPECTED' OR (restaurant_id IS NOT NULL AND delivery_address IS NOT NULL AND delivery_time IS NOT NULL)),
    CHECK ((state IN ('SCHEDULED', 'PICKED_UP', 'DELIVERED')) = (courier_id IS NOT NULL))
  )`,
  // Finds deliveries that wait for a courier, in the order in which they get one.
  `CREATE INDEX deliveries_waiting ON deliveries (id) WHERE state = 'PENDING' AND ticket_progress <> 'UNKNOWN'`,
  // The plan: [{type, deliveryId}], the courier's open actions.
  `CREATE TABLE couriers (
    id bigint PRIMARY KEY,
    available boolean NOT NULL,
    plan jsonb NOT NULL
  )`,
  // Finds the courier who gets the next delivery.
  'CREATE INDEX couriers_available ON couriers (jsonb_array_length(plan), id) WHERE available',
  // Replica of the restaurants of restaurant-service; sequence is that of the last event applied.
  `CREATE TABLE restaurants (
    id bigint PRIMARY KEY,
    address jsonb NOT NULL,
    sequence bigint NOT NULL
  )`,
];
