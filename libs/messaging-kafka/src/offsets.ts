/** Positions are offsets. */
export function compareOffsets(a: string, b: string): number {
  const [first, second] = [BigInt(a), BigInt(b)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}
