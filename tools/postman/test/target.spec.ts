import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@ftgo/runner/processes';
import { Home } from '@ftgo/runner/system';
import { expect, it, onTestFinished } from 'vitest';
import { fileTarget, runningTarget } from '../target.js';

function environmentWith(urls: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-postman-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'environment.json');
  writeFileSync(file, JSON.stringify({ values: Object.entries(urls).map(([key, value]) => ({ key, value })) }));
  return file;
}

async function listeningUrl(): Promise<string> {
  const server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('reads the URLs from an environment, and reaches them all', async () => {
  const urls = { orderUrl: await listeningUrl(), kitchenUrl: await listeningUrl() };
  const target = fileTarget(environmentWith({ ...urls, comment: 'no URL' }));
  expect(target.urls).toEqual(urls);
  await target.probe();
});

it('names the first URL of an environment that cannot be reached, and what to do', async () => {
  const closed = `http://127.0.0.1:${await freePort()}`;
  const file = environmentWith({ orderUrl: await listeningUrl(), kitchenUrl: closed, relayUrl: closed });
  await expect(fileTarget(file).probe()).rejects.toThrow(
    `cannot reach ${closed}: connect ECONNREFUSED ${new URL(closed).host}; start the system, or correct kitchenUrl in ${file}`,
  );
});

it('names the file of an environment that cannot be read', () => {
  expect(() => fileTarget('postman/nowhere.json')).toThrow(/^cannot read the environment postman\/nowhere\.json: ENOENT/);
});

it('reports how to start a system, or choose another, when none is running', async () => {
  const home = new Home(join(tmpdir(), 'ftgo-nothing-here'));
  await expect(runningTarget(home)).rejects.toThrow(
    /^no system is running in .*; start it with npm start, or choose another system with --environment postman\/compose/,
  );
});

it('looks for an app at its port for operators, if it has one', async () => {
  const closed = `http://127.0.0.1:${await freePort()}`;
  await fileTarget(environmentWith({ relayUrl: closed, relayManagement: await listeningUrl() })).probe();
});
