import { httpConfig, managementPort, milliseconds, parseConfig } from '@ftgo/platform/config';
import { z } from 'zod';

const clients = z
  .string()
  .transform((text) => new Map(text.split(',').map((pair) => pair.trim().split(/=(.*)/s, 2) as [string, string])))
  .pipe(z.map(z.string().regex(/^[\w-]+$/), z.string().min(16, 'secrets must have at least 16 characters')))
  .describe('the services that get tokens in their own name, with their secrets: api-gateway=secret,…');

/** This service has no requests that others' tokens would admit. */
const { security: _, oidcDiscoveryUrl: __, ...http } = httpConfig;

export const schema = z.object({
  ...http,
  managementPort: managementPort('the port for health, which FTGO_HTTP_PORT then no longer serves; default: FTGO_HTTP_PORT serves it too'),
  env: z.literal('development').optional().describe('development: this issuer is not for production; use an OIDC provider there'),
  oidcIssuer: z.url({ protocol: /^https?$/ }).describe('the URL of this service as its clients see it, such as http://127.0.0.1:8100'),
  oidcAudience: z.string().default('ftgo').describe('the audience of the access tokens'),
  identityPassword: z.string().min(16, 'expected at least 16 characters').describe('the password of all demo accounts'),
  identityClients: clients,
  identityAccountsFile: z.string().optional().describe('a file that keeps the claims of accounts across restarts'),
  identityTokenSeconds: z.coerce.number().int().min(1).default(300).describe('how long an access token is valid, in seconds'),
  identityKeyPeriodMs: milliseconds()
    .default(86_400_000)
    .describe('how long a key signs tokens before the next one replaces it, in milliseconds'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
