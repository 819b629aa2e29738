import { messagingSchemaUpgrade } from '@ftgo/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RelayProof0000000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingSchemaUpgrade('ftgo_relay')) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE relay_skip');
    await runner.query(
      'ALTER TABLE relay_checkpoint DROP COLUMN proof, DROP COLUMN restored_position, DROP COLUMN restored_xid, DROP COLUMN restored_created_at',
    );
  }
}
