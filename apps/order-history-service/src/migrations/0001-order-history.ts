import { messagingSchema } from '@ftgo/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OrderHistory0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...messagingSchema('ftgo_relay'), ...tables]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('cannot undo the first migration; drop the database instead');
  }
}

const tables = [
  // The first event about an order creates its row, whichever service publishes it; what only Order knows is null until
  // its own first event.
  `CREATE TABLE order_view (
    order_id bigint PRIMARY KEY,
    consumer_id bigint,
    restaurant_id bigint,
    restaurant_name text,
    status text CHECK (status IN
      ('APPROVAL_PENDING', 'APPROVED', 'REJECTED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING')),
    order_total bigint,
    line_items jsonb,
    delivery_status text NOT NULL DEFAULT 'PENDING' CHECK (delivery_status IN
      ('PENDING', 'SCHEDULED', 'PICKED_UP', 'DELIVERED', 'CANCELLED')),
    created_at timestamptz,
    transitions jsonb NOT NULL DEFAULT '{}',
    seen jsonb NOT NULL DEFAULT '{}',
    timeline_length integer NOT NULL DEFAULT 0,
    search tsvector NOT NULL GENERATED ALWAYS AS (
      to_tsvector('simple', coalesce(restaurant_name, '')) ||
      to_tsvector('simple', jsonb_path_query_array(coalesce(line_items, '[]'), '$[*].name'))
    ) STORED
  )`,
  'CREATE INDEX order_view_of_consumer ON order_view (consumer_id, created_at DESC, order_id DESC)',
  // Every event about an order, numbered from 1 in the order of arrival.
  `CREATE TABLE order_timeline (
    order_id bigint NOT NULL,
    n integer NOT NULL,
    event text NOT NULL,
    source text NOT NULL,
    sequence bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id text NOT NULL,
    details jsonb NOT NULL,
    PRIMARY KEY (order_id, n)
  )`,
  // The current names of restaurants; sequence is that of the last event applied.
  `CREATE TABLE restaurants (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    sequence bigint NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED
  )`,
  // Counts rebuilds of the view; generation 1 is the one that the service built itself.
  'CREATE SEQUENCE view_generation START 2',
];
