/**
 * A position in the write-ahead log, as a number. PostgreSQL counts bytes in 64 bits; 53 suffice for 9 PB of log, and a
 * number needs no allocation per transaction.
 */
export type Lsn = number;

const high = 2 ** 32;

export const readLsn = (bytes: Buffer, at: number): Lsn => bytes.readUInt32BE(at) * high + bytes.readUInt32BE(at + 4);

export function writeLsn(lsn: Lsn, bytes: Buffer, at: number): void {
  bytes.writeUInt32BE(Math.floor(lsn / high), at);
  bytes.writeUInt32BE(lsn % high, at + 4);
}

export function parseLsn(text: string): Lsn {
  const [upper = '', lower = ''] = text.split('/');
  return Number.parseInt(upper, 16) * high + Number.parseInt(lower, 16);
}

export const formatLsn = (lsn: Lsn): string => `${Math.floor(lsn / high).toString(16)}/${(lsn % high).toString(16)}`.toUpperCase();
