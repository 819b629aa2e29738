/**
 * True if a range has the same bytes as a name. Compares from the end, where names of topics differ, and in JavaScript, since a
 * call of Buffer.compare costs more than comparing a few bytes.
 */
export function isSame(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = name.length - 1; i >= 0; i--) if (name[i] !== bytes[start + i]) return false;
  return true;
}
