import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Erasures0000000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Addresses of delivered orders may be erased; the courier still needs those of other approved orders.
    await runner.query('ALTER TABLE orders ADD COLUMN is_delivered boolean NOT NULL DEFAULT false');
    // Consumers whose personal data was erased.
    await runner.query('CREATE TABLE erased_consumers (consumer_id bigint PRIMARY KEY)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN is_delivered');
    await runner.query('DROP TABLE erased_consumers');
  }
}
