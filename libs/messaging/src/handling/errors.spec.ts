import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Client, Pool } from 'pg';
import { expect, test } from 'vitest';
import { classify } from './errors.js';

test('an unresponsive Postgres is not a fault of the message', async () => {
  const silent = createServer((socket) => socket.resume().on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const options = { host: '127.0.0.1', port: (silent.address() as AddressInfo).port, connectionTimeoutMillis: 50 };
  const pool = new Pool({ ...options, max: 1 });
  try {
    const attempts = [new Client(options).connect(), pool.connect(), pool.connect()];
    const errors = await Promise.all(attempts.map((attempt) => attempt.then(String, (error: unknown) => error)));
    expect(errors.map((error) => [String(error), classify(error)])).toEqual(errors.map((error) => [String(error), 'infrastructure']));
  } finally {
    silent.close();
    await pool.end();
  }
});
