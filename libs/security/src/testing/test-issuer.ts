import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Claims of a token, and what differs from a valid one. */
export interface TokenOptions {
  readonly sub?: string;
  readonly roles?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  /** In seconds from now; may be negative. */
  readonly expiresIn?: number;
  /** Further claims. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** An issuer for specs, which signs any token, also invalid ones. */
export class TestIssuer {
  readonly audience = 'ftgo';
  /** How often its keys were read. */
  reads = 0;
  private isDown = false;

  /** The only secret that it accepts from services; undefined: any. */
  clientSecret: string | undefined;
  /** The lifetime of the tokens of services. */
  serviceTokenSeconds = 300;

  private constructor(
    private readonly server: Server,
    private keys: readonly Key[],
    readonly url: string,
    /** Where it is reached. */
    readonly address: string,
  ) {}

  /** With a `url`, it is known by that URL and reached at its address. */
  static async start({ url }: { url?: string } = {}): Promise<TestIssuer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}`;
    const issuer = new TestIssuer(server, [await newKey('first')], url ?? address, address);
    server.on('request', ({ url: path, socket, headers }, response) => {
      if (issuer.isDown) socket.destroy();
      else void issuer.answer(response, path, headers.authorization);
    });
    return issuer;
  }

  private async answer(response: ServerResponse, url = '', authorization = ''): Promise<void> {
    const body = await this.bodyOf(url, authorization);
    if ('error' in body) response.statusCode = 401;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }

  /** Gives every service that asks a token in its own name. */
  private async bodyOf(url: string, authorization: string): Promise<object> {
    if (url === '/keys') {
      this.reads++;
      return { keys: this.keys.map(({ publicJwk }) => publicJwk) };
    }
    if (url !== '/token') return { issuer: this.url, jwks_uri: `${this.address}/keys`, token_endpoint: `${this.address}/token` };
    const [sub = '', secret = ''] = Buffer.from(authorization.replace('Basic ', ''), 'base64')
      .toString()
      .split(':')
      .map(decodeURIComponent);
    if (this.clientSecret !== undefined && secret !== this.clientSecret) return { error: 'invalid_client' };
    return { access_token: await this.token({ sub, roles: ['service'] }), expires_in: this.serviceTokenSeconds };
  }

  get settings(): { issuer: string; audience: string } {
    return { issuer: this.url, audience: this.audience };
  }

  token(options: TokenOptions = {}): Promise<string> {
    return this.sign(options, this.key);
  }

  /** A token signed by a key that the issuer does not have. */
  async foreignToken(options: TokenOptions = {}): Promise<string> {
    return this.sign(options, { ...(await newKey('other')), kid: this.key.kid });
  }

  /** A token without a signature. */
  unsignedToken(options: TokenOptions = {}): string {
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    return `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(this.claimsOf(options))}.`;
  }

  /** A token signed by HS256 with the issuer's public key as the secret. */
  symmetricToken(options: TokenOptions = {}): Promise<string> {
    const secret = Buffer.from(JSON.stringify(this.key.publicJwk));
    return new SignJWT(this.claimsOf(options)).setProtectedHeader({ alg: 'HS256', kid: this.key.kid }).sign(secret);
  }

  /** Signs with a new key from now on; the old one is withdrawn. */
  async rotate(kid: string): Promise<void> {
    this.keys = [await newKey(kid)];
  }

  /** Stops and starts responding. */
  setDown(isDown: boolean): void {
    this.isDown = isDown;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get key(): Key {
    const [key] = this.keys;
    if (!key) throw new Error('the issuer has no key');
    return key;
  }

  private claimsOf({ sub = 'someone', roles = [], issuer = this.url, audience = this.audience, expiresIn = 300, claims }: TokenOptions) {
    const now = Math.floor(Date.now() / 1_000);
    return { iss: issuer, sub, aud: audience, iat: now, exp: now + expiresIn, roles, ...claims };
  }

  private sign(options: TokenOptions, { kid, privateKey }: Key): Promise<string> {
    return new SignJWT(this.claimsOf(options)).setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' }).sign(privateKey);
  }
}

async function newKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}
