import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Principal } from '@ftgo/security/tokens';
import { expect, it } from 'vitest';
import { skip } from './skip.js';

const relay = { skip: () => Promise.resolve(true) };
const from = (remoteAddress: string) => ({ headers: { 'content-type': 'text/plain' }, socket: { remoteAddress } }) as IncomingMessage;

it.each([
  ['192.0.2.7', false, 'OPERATIONS_CLOSED'],
  ['192.0.2.7', true, 'UNSUPPORTED_MEDIA_TYPE'],
  ['127.0.0.1', false, 'UNSUPPORTED_MEDIA_TYPE'],
  ['::ffff:127.0.0.1', false, 'UNSUPPORTED_MEDIA_TYPE'],
])('accepts the request of an operator at %s if open is %s: %s', async (address, isOpen, code) => {
  await expect(skip({ relay, isOpen, needsName: true }, from(address))).rejects.toMatchObject({ code });
});

it.each([
  [
    'the caller, whatever name was sent, while security is on',
    { issuer: 'https://login.example', subject: '6f2a4c' } as Principal,
    'https://login.example|6f2a4c',
  ],
  ['the name that was sent, and the address, while security is off', undefined, 'olga at 127.0.0.1'],
])('records %s', async (_what, caller, name) => {
  const body = { database: 'ftgo_order', id: '019a1b2c-3d4e-7f50-8123-456789abcdef', reason: 'too large', by: 'olga' };
  const parts = { headers: { 'content-type': 'application/json' }, socket: { remoteAddress: '127.0.0.1' } };
  const request = Object.assign(Readable.from([Buffer.from(JSON.stringify(body))]), parts) as unknown as IncomingMessage;
  const recorded: string[] = [];
  const recording = { skip: (_: string, { by }: { by: string }) => Promise.resolve(recorded.push(by) > 0) };
  await skip({ relay: recording, isOpen: false, caller, needsName: true }, request);
  expect(recorded).toEqual([name]);
});
