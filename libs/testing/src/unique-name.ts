import { randomBytes } from 'node:crypto';

/** A name that no other spec uses, valid for databases, topics and consumer groups. */
export const uniqueName = (prefix: string): string => `${prefix}_${randomBytes(6).toString('hex')}`;
