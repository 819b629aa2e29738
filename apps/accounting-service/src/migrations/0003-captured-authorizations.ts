import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An authorisation may be captured. Versions from before it never write that state, and read it as any other. */
export class CapturedAuthorizations0000000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of allowing("'AUTHORIZED', 'REVISED', 'REVERSED', 'CAPTURED'")) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('older versions work with this table: nothing needs to be undone');
  }
}

const allowing = (states: string): string[] => [
  'ALTER TABLE authorizations DROP CONSTRAINT authorizations_state_check',
  `ALTER TABLE authorizations ADD CONSTRAINT authorizations_state_check CHECK (state IN (${states}))`,
];
