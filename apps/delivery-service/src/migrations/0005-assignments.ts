import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Couriers acknowledge their assignments: [{number, type, deliveryId}], those that are not acknowledged. */
export class Assignments0000000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE couriers
         ADD COLUMN assignment_count integer NOT NULL DEFAULT 0,
         ADD COLUMN unacknowledged jsonb NOT NULL DEFAULT '[]'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE couriers DROP COLUMN assignment_count, DROP COLUMN unacknowledged');
  }
}
