import { Transactions } from '@ftgo/messaging';
import { Controller, Get, Post } from '@nestjs/common';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Database } from '../src/index.js';

/** The schema of a small service. */
export class Menus0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE menus (id bigint PRIMARY KEY)');
  }
  async down(): Promise<void> {}
}

/** Reads and writes it. */
@Controller('menus')
export class MenuController {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {}

  @Get()
  async list(): Promise<unknown> {
    return this.database.query('SELECT id FROM menus');
  }

  @Post()
  async create(): Promise<unknown> {
    return this.transactions.run(() => this.database.query('INSERT INTO menus SELECT coalesce(max(id), 0) + 1 FROM menus RETURNING id'));
  }
}
