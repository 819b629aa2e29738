import { messagingSchemaUpgrade } from '@ftgo/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RecordPositions0000000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingSchemaUpgrade('ftgo_relay')) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE held_message RENAME COLUMN position TO kafka_offset');
    await runner.query('ALTER TABLE held_message ALTER COLUMN kafka_offset TYPE bigint USING kafka_offset::bigint');
  }
}
