import type { TokenSettings } from '@ftgo/security/tokens';
import { z } from 'zod';
import { neededWhen, rejectedWhen } from './parse-config.js';

type Given = Readonly<Record<string, string | undefined>>;

const isProduction = (given: Given): boolean => given['env'] === 'production';
const isSecure = (given: Given): boolean => given['security'] === 'on' || isProduction(given);

/** Whether requests need access tokens, and whose. */
export const securityConfig = {
  env: z.enum(['development', 'production']).optional().describe('development (the default), or production, which requires security'),
  security: z
    .enum(['off', 'on'])
    .optional()
    .describe('on, so that every request needs an access token; default off, which is not possible with FTGO_ENV=production')
    .register(neededWhen, { condition: isProduction })
    .register(rejectedWhen, { condition: (given) => isProduction(given) && given['security'] === 'off', reason: 'off in production' }),
  oidcIssuer: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('the URL of the OpenID provider that issues access tokens, such as https://login.example/realms/ftgo; required with security')
    .register(neededWhen, { condition: isSecure })
    .register(rejectedWhen, {
      condition: (given) => isProduction(given) && given['oidcIssuer']?.startsWith('http:') === true,
      reason: 'not https',
    }),
  oidcDiscoveryUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'the URL at which this process reaches the issuer, if not the one that clients use, such as http://identity-service:8100; default FTGO_OIDC_ISSUER',
    )
    .register(rejectedWhen, {
      condition: (given) => isProduction(given) && given['oidcDiscoveryUrl']?.startsWith('http:') === true,
      reason: 'not https',
    }),
  oidcAudience: z
    .string()
    .min(1)
    .optional()
    .describe('the audience for which access tokens must have been issued, such as ftgo; required with security')
    .register(neededWhen, { condition: isSecure }),
};

/** The part of a configuration that decides about security. */
export interface SecurityConfig {
  readonly security?: 'off' | 'on' | undefined;
  readonly oidcIssuer?: string | undefined;
  readonly oidcDiscoveryUrl?: string | undefined;
  readonly oidcAudience?: string | undefined;
}

/** Whose access tokens are required; undefined while security is off. */
export function tokenSettings(config: SecurityConfig): TokenSettings | undefined {
  const { security, oidcIssuer: issuer, oidcDiscoveryUrl: discoveryUrl, oidcAudience: audience } = config;
  if (security !== 'on') return undefined;
  if (!issuer || !audience) throw new Error('security needs an issuer and an audience');
  return { issuer, discoveryUrl, audience };
}
