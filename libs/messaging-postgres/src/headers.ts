const lengthBytes = 4;

/** The bytes of a header beside its name and its value. */
export const besideHeaderBytes = 2 * lengthBytes;

/** The headers of a record, as the column has them. The last of two with one name wins. */
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
