import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  discovery,
  None,
  randomPKCECodeVerifier,
  randomState,
  type TokenEndpointResponse,
} from 'openid-client';

export interface SignInAs {
  readonly name: string;
  readonly password: string;
}

const clientId = 'ftgo-web';
const redirectUri = 'http://127.0.0.1/callback';
/** Redirects between the application's request and its answer: to the sign-in page, and back. */
const mostSteps = 8;

/** Signs in at identity-service as a person would in a browser; resolves to the access token. */
export const signIn = async (issuer: string, person: SignInAs): Promise<string> => (await signInForTokens(issuer, person)).access_token;

/** The same; resolves to the response of the token endpoint. */
export async function signInForTokens(issuer: string, person: SignInAs): Promise<TokenEndpointResponse> {
  const client = await discovery(new URL(issuer), clientId, undefined, None(), { execute: [allowInsecureRequests] });
  const [verifier, state] = [randomPKCECodeVerifier(), randomState()];
  const asked = buildAuthorizationUrl(client, {
    redirect_uri: redirectUri,
    scope: 'openid',
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const answer = await browse(asked, person);
  return authorizationCodeGrant(client, answer, { pkceCodeVerifier: verifier, expectedState: state });
}

/** Follows the redirects with their cookies, and fills in the page between them. */
async function browse(from: URL, { name, password }: SignInAs): Promise<URL> {
  const cookies = new Map<string, string>();
  const visit = async (url: URL, request: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ');
    const response = await fetch(url, { ...request, headers: { cookie }, redirect: 'manual', signal: AbortSignal.timeout(10_000) });
    for (const line of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(key, value);
    }
    return response;
  };
  let at = from;
  for (let step = 0; step < mostSteps; step++) {
    const page = await visit(at);
    const isForm = page.status === 200;
    const response = isForm ? await visit(at, { method: 'POST', body: new URLSearchParams({ name, password }) }) : page;
    const to = response.headers.get('location');
    if (!to) throw new Error(`cannot sign in as ${name}: ${at.pathname} responded with ${response.status}`);
    at = new URL(to, at);
    if (at.href.startsWith(redirectUri)) return at;
  }
  throw new Error(`cannot sign in as ${name}: more than ${mostSteps} redirects`);
}
