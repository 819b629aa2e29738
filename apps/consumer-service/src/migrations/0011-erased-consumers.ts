import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rows of consumers whose personal data was erased remain, since orders and accounts refer to them. */
export class ErasedConsumers0000000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE consumers ADD COLUMN is_erased boolean NOT NULL DEFAULT false');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE consumers DROP COLUMN is_erased');
  }
}
