import { messagingSchemaUpgrade } from '@ftgo/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MessagingSchema0000000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingSchemaUpgrade('ftgo_relay')) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE outbox ADD COLUMN saga_id text, ADD COLUMN saga_step text, ADD COLUMN reply_to text, ADD COLUMN outcome text',
    );
    await runner.query(`UPDATE outbox SET saga_id = extensions->>'ce_sagaid', saga_step = extensions->>'ce_sagastep',
      reply_to = extensions->>'ce_replyto', outcome = extensions->>'ce_outcome' WHERE extensions IS NOT NULL`);
    await runner.query('ALTER TABLE outbox DROP COLUMN extensions');
    await runner.query('ALTER TABLE dead_letter RENAME COLUMN stored_at TO held_at');
    await runner.query('ALTER TABLE dead_letter RENAME COLUMN position TO kafka_offset');
    await runner.query('ALTER TABLE dead_letter ALTER COLUMN kafka_offset TYPE bigint USING kafka_offset::bigint');
    await runner.query('ALTER TABLE dead_letter RENAME TO held_message');
  }
}
