import type { IncomingMessage } from 'node:http';
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
