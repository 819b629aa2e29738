/** 2000-01-01, the epoch of PostgreSQL. */
export const postgresEpochMs = 946_684_800_000;
const dayMicros = 86_400_000_000;
const exactDayMicros = BigInt(dayMicros);
const zero = '0'.charCodeAt(0);

/** Writes times as ISO 8601 in UTC, with milliseconds, or with microseconds if they are not zero. */
export class IsoTimeWriter {
  private day = Number.NaN;
  private readonly date = Buffer.from('yyyy-mm-ddT');

  /**
   * Takes microseconds since 2000; writes at the start of `target` and returns the length, or -1 for a time outside the
   * years 0000 to 9999, including infinity. After 2285 it requires a bigint.
   */
  write(micros: number | bigint, target: Buffer): number {
    if (typeof micros === 'bigint') return this.writeExactly(micros, target);
    const day = Math.floor(micros / dayMicros);
    return this.writeInDay(day, micros - day * dayMicros, target);
  }

  private writeExactly(micros: bigint, target: Buffer): number {
    const inDay = ((micros % exactDayMicros) + exactDayMicros) % exactDayMicros;
    return this.writeInDay(Number((micros - inDay) / exactDayMicros), Number(inDay), target);
  }

  private writeInDay(day: number, inDay: number, target: Buffer): number {
    if (day !== this.day && !this.changeDay(day)) return -1;
    this.date.copy(target);
    const seconds = Math.floor(inDay / 1e6);
    writeDigits(Math.floor(seconds / 3600), 2, target, 11);
    target[13] = 0x3a;
    writeDigits(Math.floor(seconds / 60) % 60, 2, target, 14);
    target[16] = 0x3a;
    writeDigits(seconds % 60, 2, target, 17);
    target[19] = 0x2e;
    const fraction = inDay - seconds * 1e6;
    const digits = fraction % 1000 === 0 ? 3 : 6;
    writeDigits(digits === 3 ? fraction / 1000 : fraction, digits, target, 20);
    target[20 + digits] = 0x5a;
    return 21 + digits;
  }

  private changeDay(day: number): boolean {
    const at = postgresEpochMs + day * 86_400_000;
    const text = Number.isFinite(at) && Math.abs(at) < 8.64e15 ? new Date(at).toISOString() : '';
    // A year with more than four digits is out of range.
    if (text.length !== 24) return false;
    this.day = day;
    this.date.write(text.slice(0, 11), 'latin1');
    return true;
  }
}

function writeDigits(value: number, digits: number, target: Buffer, at: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    target[i] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
