import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

export const algorithm = 'ES256';

/** A private key with its id. */
export interface SigningKey extends JWK {
  readonly kid: string;
}

/**
 * The key that signs, the one before it, whose tokens are still valid, and the one after it, which verifiers can read before it
 * signs anything.
 */
export class SigningKeys {
  private constructor(
    readonly current: SigningKey,
    private readonly next: SigningKey,
    private readonly previous?: SigningKey,
  ) {}

  static async create(): Promise<SigningKeys> {
    return new SigningKeys(await newKey(), await newKey());
  }

  async rotated(): Promise<SigningKeys> {
    return new SigningKeys(this.next, await newKey(), this.current);
  }

  get all(): SigningKey[] {
    return [this.current, this.next, ...(this.previous ? [this.previous] : [])];
  }
}

async function newKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig', kid: randomUUID() };
}
