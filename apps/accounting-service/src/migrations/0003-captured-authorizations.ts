import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Allows the state CAPTURED. Older versions never write it and read it like any other. */
export class CapturedAuthorizations0000000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of allowing("'AUTHORIZED', 'REVISED', 'REVERSED', 'CAPTURED'")) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('nothing to undo: older versions work with this table');
  }
}

const allowing = (states: string): string[] => [
  'ALTER TABLE authorizations DROP CONSTRAINT authorizations_state_check',
  `ALTER TABLE authorizations ADD CONSTRAINT authorizations_state_check CHECK (state IN (${states}))`,
];
