import type { MigrationInterface, QueryRunner } from 'typeorm';

export type Migration = new () => MigrationInterface;

/** A migration that consists of SQL statements only. TypeORM identifies it by its name and number. */
export function sqlMigration(name: string, number: number, up: readonly string[], down: readonly string[]): Migration {
  const className = `${name}${String(number).padStart(13, '0')}`;
  const migration = {
    [className]: class implements MigrationInterface {
      up = (runner: QueryRunner) => runEach(runner, up);
      down = (runner: QueryRunner) => runEach(runner, down);
    },
  };
  return migration[className] as Migration;
}

async function runEach(runner: QueryRunner, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await runner.query(statement);
}
