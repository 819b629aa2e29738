import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whether a request may come from a web page that has no business here: a page of another origin, or one whose name was made to
 * resolve to this host (DNS rebinding). Protects acts that need no credentials from an operator's browser. Programs send no
 * Origin and may use any name for this host.
 */
export function isFromForeignOrigin({ host = '', origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  const isBrowser = origin !== undefined || site !== undefined;
  if (!isBrowser) return false;
  const isOwn = (origin === undefined || origin === `http://${host}`) && (site === undefined || site === 'same-origin' || site === 'none');
  return !isOwn || !isAddress(host);
}

/** `127.0.0.1:8090`, `[::1]:8090` or `localhost:8090`: names that no one else can make resolve to this host. */
function isAddress(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(name) !== 0;
}
