import { messagingSchemaDowngrade, messagingSchemaUpgrade } from '@ftgo/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MessagingSchema0000000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingSchemaUpgrade('ftgo_relay')) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of messagingSchemaDowngrade) await runner.query(statement);
  }
}
