import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { OutgoingRecord } from '../broker/index.js';

export const uniqueName = (prefix: string): string => `${prefix}_${randomUUID()}`;

/** Retries until the assertions hold; after 30 s it throws the last failure. */
export const eventually = <T>(attempt: () => T | Promise<T>): Promise<T> => vi.waitFor(attempt, { timeout: 30_000, interval: 20 });

export const bytes = (text: string | number) => Buffer.from(String(text));

const name = bytes('n');

/** A record with the number `n`; `extra` bytes are added to its value. */
export const message = (topic: string, key: string, n: number | string, extra = 0): OutgoingRecord => ({
  topic,
  key: bytes(key),
  value: Buffer.concat([bytes(`${n};`), Buffer.alloc(extra, 46)]),
  headers: [[name, bytes(n)]],
});

/** The number in a record. */
export const textOf = (record: { value: Buffer | undefined }) => String(record.value).split(';')[0] as string;

export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
