import { eventually } from '@ftgo/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ftgoCli } from './cli.js';
import { Ftgo } from './ftgo.js';

interface Session {
  readonly pid: number;
  readonly database: string;
  readonly role: string;
  readonly application: string;
  readonly state: string;
  readonly query: string;
}

const application = 'of a stranger';
let ftgo: Ftgo;
let stranger: Client;
let lost: Promise<unknown>;

beforeAll(async () => {
  ftgo = await Ftgo.shared();
}, 180_000);

afterAll(() => ftgo?.close());

const run = (...args: readonly string[]) =>
  ftgoCli({ FTGO_HOME: ftgo.system.environment('order-service')['FTGO_HOME'] }, 'database', ...args);
const cli = async (...args: readonly string[]): Promise<string> => {
  const { code, out, error } = await run(...args);
  expect([code, error]).toEqual([0, '']);
  return out;
};
const ofStranger = async (...args: readonly string[]): Promise<Session[]> => {
  const sessions = JSON.parse(await cli('sessions', ...args, '--json')) as Session[];
  return sessions.filter((session) => session.application === application);
};

/** A client of the server that is not part of the system. */
const connect = async (database: string): Promise<number> => {
  stranger = new Client({ connectionString: ftgo.system.databases[database], application_name: application });
  lost = new Promise((resolve) => stranger.on('error', resolve));
  await stranger.connect();
  const { rows } = await stranger.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
};
afterEach(() => stranger?.end().catch(() => undefined));

describe('a client outside the system', () => {
  test('that keeps an idle connection is found with its role by --all only, and disconnected', async () => {
    const pid = await connect('ftgo_order');
    expect(await ofStranger()).toEqual([]);
    expect(await ofStranger('--all')).toEqual([
      expect.objectContaining({ pid, database: 'ftgo_order', role: stranger.user, state: 'idle' }) as unknown,
    ]);
    expect(await ofStranger('kitchen-service', '--all')).toEqual([]);
    expect(await cli('disconnect', String(pid), '--yes')).toBe(`ended the session of process ${pid}\n`);
    expect(await lost).toMatchObject({ code: '57P01' });
  });

  test('whose transaction is open is listed with its statement, which is cancelled', async () => {
    const pid = await connect('ftgo_kitchen');
    const outcome = stranger.query('SELECT pg_sleep(600)').catch((error: { code: string }) => error.code);
    await eventually(async () =>
      expect(await ofStranger('kitchen-service')).toEqual([
        expect.objectContaining({ pid, state: 'active', query: 'SELECT pg_sleep(600)' }) as unknown,
      ]),
    );
    expect(await cli('cancel', String(pid), '--yes')).toBe(`ended the statement of process ${pid}\n`);
    expect(await outcome).toBe('57014');
  });
});

test('a replication slot is listed with the session that reads it, and is not dropped while it is read', async () => {
  const slots = JSON.parse(await cli('slots', '--json')) as ReadonlyArray<{ name: string; pid?: number }>;
  const slot = slots.find(({ name }) => name === 'ftgo_order_outbox');
  expect(slot?.pid).toBeGreaterThan(0);
  const { code, error } = await run('drop-slot', 'ftgo_order_outbox', '--yes');
  expect([code, error]).toEqual([1, expect.stringContaining('replication slot "ftgo_order_outbox" is active')]);
});
