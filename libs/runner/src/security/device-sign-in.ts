import { allowInsecureRequests, discovery, initiateDeviceAuthorization, None, pollDeviceAuthorizationGrant } from 'openid-client';

const clientId = 'ftgo-cli';

/** Lets a person sign in with a browser, on any machine, for a program without one; resolves to the access token (RFC 8628). */
export async function signInByDevice(issuer: string, show: (page: string, code: string) => void): Promise<string> {
  const client = await discovery(new URL(issuer), clientId, undefined, None(), { execute: [allowInsecureRequests] });
  const device = await initiateDeviceAuthorization(client, { scope: 'openid' });
  show(device.verification_uri_complete ?? device.verification_uri, device.user_code);
  return (await pollDeviceAuthorizationGrant(client, device)).access_token;
}
