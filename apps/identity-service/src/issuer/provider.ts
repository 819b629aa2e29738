import { type AdapterFactory, type ClientMetadata, errors, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Accounts } from '../accounts/accounts.js';
import { algorithm, type SigningKeys } from './signing-keys.js';

export interface ProviderSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly tokenSeconds: number;
  /** The secrets of the services, by client id. */
  readonly services: ReadonlyMap<string, string>;
  readonly cookieKey: string;
}

/** What clients name as the resource (RFC 8707); tokens without one are for it as well. */
export const resource = 'urn:ftgo:api';

const signed = { id_token_signed_response_alg: algorithm } as const;

/** For browsers and programs on this machine (RFC 8252). */
const webClient: ClientMetadata = {
  client_id: 'ftgo-web',
  token_endpoint_auth_method: 'none',
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: ['http://127.0.0.1/callback'],
  ...signed,
};

const cliClient: ClientMetadata = {
  client_id: 'ftgo-cli',
  token_endpoint_auth_method: 'none',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  redirect_uris: [],
  response_types: [],
  ...signed,
};

const serviceClient = ([client_id, client_secret]: readonly [string, string]): ClientMetadata => ({
  client_id,
  client_secret,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  ...signed,
});

/** The certified OpenID provider with our clients, accounts and keys. */
export function providerOf(settings: ProviderSettings, keys: SigningKeys, accounts: Accounts, adapter: AdapterFactory): Provider {
  const { issuer, tokenSeconds, services, cookieKey } = settings;
  return new Provider(issuer, {
    adapter,
    jwks: { keys: keys.all },
    clients: [webClient, cliClient, ...[...services].map(serviceClient)],
    scopes: ['openid', 'offline_access'],
    pkce: { required: () => true },
    cookies: { keys: [cookieKey] },
    interactions: { policy: signInOnly(), url: (_context, { uid }) => `/sign-in/${uid}` },
    findAccount: (_context, sub) => (accounts.has(sub) ? { accountId: sub, claims: () => ({ sub }) } : undefined),
    extraTokenClaims: (_context, token) => ('accountId' in token ? { ...accounts.claimsOf(token.accountId) } : { roles: ['service'] }),
    loadExistingGrant: grantEverything,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, asked) => resourceServer(asked, settings, keys),
      },
    },
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      IdToken: tokenSeconds,
      DeviceCode: 600,
      Interaction: 600,
      Grant: 86_400,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  });
}

function resourceServer(asked: string, { audience, tokenSeconds }: ProviderSettings, keys: SigningKeys) {
  if (asked !== resource) throw new errors.InvalidTarget();
  const sign = { alg: algorithm, kid: keys.current.kid } as const;
  return { scope: '', audience, accessTokenFormat: 'jwt', accessTokenTTL: tokenSeconds, jwt: { sign } } as const;
}

/** Native clients should ask for consent each time (RFC 8252, 8.6); for accounts of a demo, signing in is enough. */
function signInOnly() {
  const policy = interactionPolicy.base();
  policy.get('consent')?.checks.remove('native_client_prompt');
  return policy;
}

/** The clients are our own: people who signed in are not asked whether the client may act for them. */
async function grantEverything({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider, result } = oidc;
  if (!client || !session?.accountId) return undefined;
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const grant =
    (known && (await provider.Grant.find(known))) || new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid offline_access');
  grant.addResourceScope(resource, '');
  await grant.save();
  return grant;
}
