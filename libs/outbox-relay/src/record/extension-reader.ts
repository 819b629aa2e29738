import { isExtensionName, type RecordView } from '@ftgo/messaging/broker';
import { isSame } from './same-bytes.js';

const [quote, backslash, brace, colon, comma, space] = [0x22, 0x5c, 0x7d, 0x3a, 0x2c, 0x20];
/** Maximum number of cached names; further ones are decoded for each row. */
const mostNames = 256;

/**
 * Reads the extension headers of a row, a JSON object of strings, without parsing it: names and values without escapes,
 * which are nearly all, are not copied from the row's bytes.
 */
export class ExtensionReader {
  private readonly names: Buffer[] = [];

  /** Adds them to the view. False if the bytes are not an object of valid names and strings; some may have been added then. */
  read(view: RecordView, bytes: Buffer, start: number, end: number): boolean {
    const added = view.headerCount;
    if (this.readPlain(view, bytes, start, end)) return true;
    view.headerCount = added;
    return this.readParsed(view, bytes.toString('utf8', start, end));
  }

  /** False for anything but an object of strings without escapes. */
  private readPlain(view: RecordView, bytes: Buffer, start: number, end: number): boolean {
    let at = skipSpace(bytes, start) + 1;
    for (;;) {
      at = skipSpace(bytes, at);
      if (bytes[at] === brace) return at < end;
      const nameEnd = endOfText(bytes, at, end);
      if (nameEnd < 0) return false;
      const name = this.nameOf(bytes, at + 1, nameEnd);
      at = skipSpace(bytes, nameEnd + 1);
      if (!name || bytes[at] !== colon) return false;
      at = skipSpace(bytes, at + 1);
      const valueEnd = endOfText(bytes, at, end);
      if (valueEnd < 0) return false;
      view.addHeader(name).set(bytes, at + 1, valueEnd);
      at = skipSpace(bytes, valueEnd + 1);
      if (bytes[at] === comma) at++;
    }
  }

  private readParsed(view: RecordView, text: string): boolean {
    if (!areExtensions(text)) return false;
    const extensions = JSON.parse(text) as Record<string, string>;
    for (const [name, value] of Object.entries(extensions)) view.addHeader(Buffer.from(name)).setAll(Buffer.from(value));
    return true;
  }

  /** Undefined for an invalid name. */
  private nameOf(bytes: Buffer, start: number, end: number): Buffer | undefined {
    for (const name of this.names) if (isSame(name, bytes, start, end)) return name;
    const name = Buffer.from(bytes.subarray(start, end));
    if (!isExtensionName(name.toString())) return undefined;
    if (this.names.length < mostNames) this.names.push(name);
    return name;
  }
}

/** True for a JSON object of valid names and strings. */
export function areExtensions(text: string): boolean {
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, each]) => typeof each === 'string' && isExtensionName(name));
}

/** The position of the closing quote of the string that begins here; -1 if none begins here or it has escapes. */
function endOfText(bytes: Buffer, at: number, end: number): number {
  if (bytes[at] !== quote) return -1;
  for (let i = at + 1; i < end; i++) {
    if (bytes[i] === quote) return i;
    if (bytes[i] === backslash) return -1;
  }
  return -1;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === space) at++;
  return at;
}
