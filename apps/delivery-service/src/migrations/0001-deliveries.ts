import { messagingSchema } from '@ftgo/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Deliveries0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...messagingSchema('ftgo_relay'), ...tables]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('a first migration is undone by dropping the database');
  }
}

const tables = [
  // The id is that of the order. The first event about it makes the row, whichever that is: EXPECTED until the order is known.
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
  // Those that wait for a courier, in the order in which they get one.
  `CREATE INDEX deliveries_waiting ON deliveries (id) WHERE state = 'PENDING' AND ticket_progress <> 'UNKNOWN'`,
  // The plan: [{type, deliveryId}], what the courier still has to do.
  `CREATE TABLE couriers (
    id bigint PRIMARY KEY,
    available boolean NOT NULL,
    plan jsonb NOT NULL
  )`,
  // The first of these is who gets the next delivery.
  'CREATE INDEX couriers_available ON couriers (jsonb_array_length(plan), id) WHERE available',
  // The replica of Restaurant's restaurants; sequence is the last event that it has seen of each.
  `CREATE TABLE restaurants (
    id bigint PRIMARY KEY,
    address jsonb NOT NULL,
    sequence bigint NOT NULL
  )`,
];
