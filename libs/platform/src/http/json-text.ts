import { isAscii, isUtf8 } from 'node:buffer';
import { ProtocolError } from './protocol-error.js';

/** The text of a JSON body. Bytes that are not what the charset says would otherwise be stored as U+FFFD. */
export function jsonTextOf(body: Buffer, headers: { readonly 'content-type'?: string; readonly 'content-encoding'?: string }): string {
  refuseEncoding(headers['content-encoding']);
  const asciiOnly = charsetsOf(headers['content-type'] ?? '')
    .map(isSubset)
    .includes(true);
  if (!isUtf8(body)) throw new ProtocolError(400, 'the body is not valid UTF-8');
  if (asciiOnly && !isAscii(body)) throw new ProtocolError(400, 'the body is not ASCII, as its charset says');
  return body.toString('utf8');
}

function refuseEncoding(encoding = 'identity'): void {
  if (encoding.trim().toLowerCase() === 'identity') return;
  throw new ProtocolError(415, `unsupported content-encoding '${encoding}': send the body as it is`);
}

/** Every charset parameter: which of two would be meant, no standard says. An empty one says nothing. */
const charsetsOf = (contentType: string): string[] =>
  [...contentType.matchAll(/;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi)]
    .map(([, quoted, token]) => (quoted ?? token ?? '').trim())
    .filter(Boolean);

const ascii = new Set(['us-ascii', 'ascii']);

/** Whether the charset is a part of UTF-8 only; throws when it is another one. */
function isSubset(charset: string): boolean {
  if (ascii.has(charset.toLowerCase())) return true;
  if (isNameOfUtf8(charset)) return false;
  throw new ProtocolError(415, `unsupported charset '${charset}': send JSON in UTF-8`);
}

/** Under any name that browsers know. */
function isNameOfUtf8(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding === 'utf-8';
  } catch {
    return false;
  }
}
