import { idempotencySchema } from '@ftgo/platform';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IdempotencyKeys0000000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of idempotencySchema()) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_key');
  }
}
