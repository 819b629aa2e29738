import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a user may do with topics or groups. The file is generated from the contracts. */
export interface AccessRule {
  readonly resource: { readonly type: 'topic' | 'group'; readonly name: string; readonly patternType: 'literal' | 'prefix' };
  readonly operations: readonly string[];
}

export interface KafkaUser {
  readonly name: string;
  readonly acls: readonly AccessRule[];
}

const accessFile = join(import.meta.dirname, '..', '..', '..', 'kafka', 'access.json');

/** The broker's own user, which may do everything. Its password is a setting of the broker, so it exists before any other user. */
export const adminUser = 'admin';

/** How a user shows its password; always over TLS. Kafka stores only hashes of the others' passwords. */
export const mechanismOf = (user: string): 'PLAIN' | 'SCRAM-SHA-512' => (user === adminUser ? 'PLAIN' : 'SCRAM-SHA-512');

/** The users of the apps. */
export const appUsers = (): readonly KafkaUser[] => JSON.parse(readFileSync(accessFile, 'utf8')) as KafkaUser[];

/** The file with the password of a user. */
export const passwordFile = (folder: string, user: string): string => join(folder, user);

/** Creates a random password for each of these users that has none. */
export function createPasswords(folder: string, users: readonly string[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const missing = users.map((user) => passwordFile(folder, user)).filter((file) => !existsSync(file));
  for (const file of missing) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
}

export const passwordOf = (folder: string, user: string): string => readFileSync(passwordFile(folder, user), 'utf8').trim();
