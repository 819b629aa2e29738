import { isAscii, isUtf8 } from 'node:buffer';
import { ProtocolError } from './protocol-error.js';

/** Decodes a JSON body. Bytes that are invalid in the charset would otherwise be stored as U+FFFD. */
export function jsonTextOf(body: Buffer, headers: { readonly 'content-type'?: string; readonly 'content-encoding'?: string }): string {
  rejectEncoding(headers['content-encoding']);
  const asciiOnly = charsetsOf(headers['content-type'] ?? '')
    .map(isSubset)
    .includes(true);
  if (!isUtf8(body)) throw new ProtocolError(400, 'the body is not valid UTF-8');
  if (asciiOnly && !isAscii(body)) throw new ProtocolError(400, 'the charset is ASCII, but the body contains other characters');
  return body.toString('utf8');
}

function rejectEncoding(encoding = 'identity'): void {
  if (encoding.trim().toLowerCase() === 'identity') return;
  throw new ProtocolError(415, `unsupported content-encoding '${encoding}'; send the body uncompressed`);
}

/** Reads every charset parameter, since no standard defines which of two wins. An empty one is ignored. */
const charsetsOf = (contentType: string): string[] =>
  [...contentType.matchAll(/;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi)]
    .map(([, quoted, token]) => (quoted ?? token ?? '').trim())
    .filter(Boolean);

const ascii = new Set(['us-ascii', 'ascii']);

/** Whether the charset is a subset of UTF-8; throws if it is unsupported. */
function isSubset(charset: string): boolean {
  if (ascii.has(charset.toLowerCase())) return true;
  if (isNameOfUtf8(charset)) return false;
  throw new ProtocolError(415, `unsupported charset '${charset}'; send JSON in UTF-8`);
}

/** Accepts every label that browsers know. */
function isNameOfUtf8(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding === 'utf-8';
  } catch {
    return false;
  }
}
