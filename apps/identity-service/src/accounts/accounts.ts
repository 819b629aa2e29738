import { createHash, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const id = z.int().min(1);

/** Which consumer, restaurants and courier an account stands for; undefined for none. */
export const ownClaims = z.object({
  ftgo_consumer_id: id.optional(),
  ftgo_restaurant_ids: z.array(id).optional(),
  ftgo_courier_id: id.optional(),
});
export type OwnClaims = z.output<typeof ownClaims>;

/** The demo accounts and their roles. */
const rolesOf: Readonly<Record<string, readonly string[]>> = {
  ada: ['consumer'],
  ajanta: ['restaurant'],
  carl: ['courier'],
  olga: ['operator'],
};

const stored = z.record(z.string(), ownClaims);

/** The people who can sign in. */
export class Accounts {
  private readonly claims: Map<string, OwnClaims>;

  constructor(
    private readonly password: string,
    /** Keeps the claims across restarts. */
    private readonly file?: string,
  ) {
    const known = file && existsSync(file) ? stored.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
    this.claims = new Map(Object.entries(known));
  }

  has(name: string): boolean {
    return Object.hasOwn(rolesOf, name);
  }

  isPassword(given: string): boolean {
    return timingSafeEqual(hash(given), hash(this.password));
  }

  /** The claims of the account's access tokens. */
  claimsOf(name: string): { roles: readonly string[] } & OwnClaims {
    return { roles: rolesOf[name] ?? [], ...this.claims.get(name) };
  }

  setClaims(name: string, claims: OwnClaims): void {
    this.claims.set(name, claims);
    if (this.file === undefined) return;
    // A crash leaves either the old file or the new one.
    writeFileSync(`${this.file}.new`, JSON.stringify(Object.fromEntries(this.claims)), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
