const lengthBytes = 4;

/** The size of a header in addition to its name and its value. */
export const headerOverheadBytes = 2 * lengthBytes;

/** The headers of a record in the form of the column. Of two headers with the same name, the last wins. */
export function decodeHeaders(bytes: Buffer): Map<string, Buffer> {
  const headers = new Map<string, Buffer>();
  let at = 0;
  const next = (): Buffer => {
    const start = at + lengthBytes;
    at = start + bytes.readUInt32BE(at);
    return bytes.subarray(start, at);
  };
  while (at < bytes.length) {
    const name = next().toString();
    headers.set(name, next());
  }
  return headers;
}
