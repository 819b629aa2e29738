import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the notifications of a range of orders. BRIN, since they are inserted nearly in the order of their orders. */
export class NotificationsByOrder0000000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX notifications_of_order ON notifications USING brin (order_id)');
  }

  async down(): Promise<void> {
    throw new Error('nothing to undo: older versions work with this table');
  }
}
