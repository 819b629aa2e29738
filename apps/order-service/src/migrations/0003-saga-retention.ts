import { sagaRetentionSchema } from '@ftgo/sagas';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SagaRetention0000000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of sagaRetentionSchema()) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX saga_instance_ended, saga_history_at');
  }
}
