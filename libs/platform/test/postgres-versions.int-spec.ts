import { memoryBroker } from '@ftgo/messaging/broker';
import { oldestPostgres } from '@ftgo/messaging/postgres';
import { DatabaseRelay } from '@ftgo/outbox-relay';
import { provision } from '@ftgo/runner/provision';
import { eventually, playPostgres, testDatabase } from '@ftgo/testing';
import { NestFactory } from '@nestjs/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitMigrations } from '../src/database/await-migrations.js';
import { DatabaseModule, runMigrations } from '../src/index.js';

interface Server {
  readonly url: string;
  readonly relayUrl: string;
  readonly version: string;
  close(): unknown;
}

/** The PostgreSQL version of this run; an old one with `npm run test:postgres -- 14`. */
async function real(): Promise<Server> {
  const database = await testDatabase();
  const { url, relayUrl } = database;
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return { url, relayUrl, version: rows[0]?.server_version ?? '', close: () => database.drop() };
}

async function played(): Promise<Server> {
  const server = await playPostgres({ number: 130_004, text: '13.4' });
  return { url: server.url, relayUrl: server.url, version: '13.4', close: () => server.close() };
}

const own = await real();
const isOld = Number.parseInt(own.version, 10) < oldestPostgres;
await own.close();

describe.each([['a server that speaks the protocol', played], ...(isOld ? [[`a real ${own.version}`, real] as const] : [])] as const)(
  'an unsupported PostgreSQL version: %s',
  (_, open) => {
    let server: Server;
    let complaint: string;
    beforeAll(async () => {
      server = await open();
      complaint = `PostgreSQL ${server.version} at ${new URL(server.url).host} is not supported; use PostgreSQL 15 or newer`;
    });
    afterAll(() => server.close());

    it('is rejected immediately by the migrations of a service', async () => {
      await expect(runMigrations(server.url, [], { print: () => {} })).rejects.toThrow(complaint);
      await expect(awaitMigrations(server.url, [], { print: () => {} })).rejects.toThrow(complaint);
    });

    it('is rejected immediately by a starting service', async () => {
      const module = DatabaseModule.forRoot({ url: server.url, entities: [] });
      await expect(NestFactory.createApplicationContext(module, { logger: false, abortOnError: false })).rejects.toThrow(complaint);
    });

    it('is rejected by npm start if FTGO_POSTGRES_URL names it', async () => {
      const given = { adminUrl: server.url, databases: [], passwordOf: () => '', isOwnServer: false };
      await expect(provision(given)).rejects.toThrow(complaint);
    });

    it('is rejected by the relay, with an alert', async () => {
      const alarms: unknown[] = [];
      const logger = { log: () => {}, warn: () => {}, error: (_: string, details?: object) => void alarms.push(details) };
      const relay = new DatabaseRelay({ url: server.relayUrl, broker: memoryBroker(), logger });
      relay.start();
      try {
        await eventually(() => expect(relay.status).toMatchObject({ state: 'misconfigured', isReady: false, reason: complaint }));
        expect(alarms).toEqual([expect.objectContaining({ reason: complaint })]);
      } finally {
        await relay.stop();
      }
    });
  },
);
