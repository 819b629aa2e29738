import { isIP } from 'node:net';

/** Whether a connection comes from this machine, by the address of the connection itself: a header may say anything. */
export function isLoopback(address = ''): boolean {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
