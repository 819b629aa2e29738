import { createHash } from 'node:crypto';

const suffix = '_outbox';
/** NAMEDATALEN - 1, in bytes. */
const longest = 63;
const hashDigits = 8;

/**
 * The replication slot of a database: `<database>_outbox` if that is valid, that is, within a to z, 0 to 9 and _. Otherwise
 * a part of the name and a hash of the whole name, since other databases may share that part.
 */
export function slotOf(database: string): string {
  const plain = `${database}${suffix}`;
  if (plain.length <= longest && /^[a-z0-9_]+$/.test(plain)) return plain;
  const hash = createHash('sha256').update(database).digest('hex').slice(0, hashDigits);
  const readable = database.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
  return `${readable.slice(0, longest - suffix.length - hashDigits - 1)}_${hash}${suffix}`;
}
