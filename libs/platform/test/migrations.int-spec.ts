import { eventually, type TestDatabase, testDatabase } from '@ftgo/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { awaitMigrations } from '../src/database/await-migrations.js';
import { runMigrations } from '../src/index.js';

class Menus0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE menus (id bigint PRIMARY KEY)');
  }
  async down(): Promise<void> {}
}
class Dishes0000000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE dishes (id bigint PRIMARY KEY)');
  }
  async down(): Promise<void> {}
}

const quietly = { print: () => {} };

describe('a process that waits for its schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  it('continues once all migrations it was built with are applied, and no sooner', async () => {
    const output: string[] = [];
    const all = [Menus0000000000001, Dishes0000000000002];
    let isThrough = false;
    const wait = async () => {
      await awaitMigrations(database.url, all, { print: (line) => output.push(line) });
      isThrough = true;
    };
    const waiting = wait();
    await eventually(() => expect(output.join()).toContain('no migration applied yet'));
    await runMigrations(database.url, [Menus0000000000001], quietly);
    await expect(awaitMigrations(database.url, all, { ...quietly, patienceMs: 0 })).rejects.toThrow('not applied yet: Dishes0000000000002');
    expect(isThrough).toBe(false);
    await runMigrations(database.url, all, quietly);
    await waiting;
  });

  it('not applied yet: Dishes0000000000002', async () => {
    await awaitMigrations(database.url, [Menus0000000000001], { ...quietly, patienceMs: 0 });
  });

  it('waits for a role and a database that do not exist yet', async () => {
    const early = new URL(database.url);
    early.username = 'ftgo_nobody_yet';
    await expect(awaitMigrations(early.href, [Menus0000000000001], { ...quietly, patienceMs: 0 })).rejects.toThrow(
      /cannot use the database: .*ftgo_nobody_yet/,
    );
    const output: string[] = [];
    const migrating = runMigrations(early.href, [Menus0000000000001], { patienceMs: 0, print: (line) => output.push(line) });
    await expect(migrating).rejects.toThrow('ftgo_nobody_yet');
    const patient = runMigrations(early.href, [Menus0000000000001], { patienceMs: 1_000, print: (line) => output.push(line) });
    await expect(patient).rejects.toThrow('ftgo_nobody_yet');
    expect(output.join()).toContain('waiting for the database');
  });

  it('names the database that does not respond', async () => {
    const unreachable = 'postgres://somebody:secret@127.0.0.1:1/ftgo_order';
    await expect(awaitMigrations(unreachable, [Menus0000000000001], { ...quietly, patienceMs: 0 })).rejects.toThrow(
      /ftgo_order: cannot use the database/,
    );
  });
});

describe('a migration that fails', () => {
  class Soups0000000000003 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('CREATE TABLE soups (id bignit PRIMARY KEY)');
    }
    async down(): Promise<void> {}
  }

  it('ends immediately with the error of its statement, which is not printed twice', async () => {
    const database = await testDatabase();
    onTestFinished(() => database.drop());
    const printed = vi.spyOn(console, 'log').mockReturnValue();
    onTestFinished(() => printed.mockRestore());
    await expect(runMigrations(database.url, [Soups0000000000003], quietly)).rejects.toThrow('type "bignit" does not exist');
    expect(printed.mock.calls).toEqual([]);
  });
});
