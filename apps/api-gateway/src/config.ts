import {
  balancing,
  brokerConfig,
  discoveryConfig,
  edgeConfig,
  instanceAddresses,
  isProduction,
  milliseconds,
  neededWhen,
  parseConfig,
  serviceConfig,
  tlsConfig,
} from '@ftgo/platform';
import { callPoliciesField } from '@ftgo/rpc';
import { z } from 'zod';
import { dependencyNames } from './dependencies.js';

/** `name=URL`, separated by commas. */
const namedUrls = () =>
  z
    .string()
    .transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.trim().split(/=(.*)/s, 2) as [string, string])))
    .pipe(z.record(z.string().min(1), z.url({ protocol: /^https?$/ })));

/** kafkajs cannot read without a consumer group. */
const { kafkaClient: _, ...broker } = brokerConfig;

export const schema = z.object({
  ...serviceConfig,
  ...edgeConfig,
  ...broker,
  orderGrpcUrl: instanceAddresses(),
  consumerGrpcUrl: instanceAddresses(),
  restaurantGrpcUrl: instanceAddresses(),
  kitchenGrpcUrl: instanceAddresses(),
  deliveryGrpcUrl: instanceAddresses(),
  orderHistoryGrpcUrl: instanceAddresses(),
  accountingGrpcUrl: instanceAddresses(),
  oidcClientId: z.string().optional().describe('the name of the gateway at the issuer, for calls in its own name (default api-gateway)'),
  oidcClientSecret: z
    .string()
    .optional()
    .describe('the secret of the gateway at the issuer; required with security')
    .register(neededWhen, { condition: (given) => given['security'] === 'on' }),
  ...discoveryConfig,
  ...tlsConfig,
  balancing: balancing(),
  serviceUrls: namedUrls().describe(
    'the HTTP URL of each service, for /operations: order-service=http://127.0.0.1:8082,kitchen-service=http://127.0.0.1:8083,…',
  ),
  callDeadlineMs: milliseconds()
    .default(5_000)
    .describe('the timeout of a call to a service, in milliseconds, unless FTGO_CALL_POLICIES sets another one'),
  callPolicies: callPoliciesField(dependencyNames),
  trackingMaxConnections: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_500)
    .describe(
      'the maximum number of open connections of clients that follow orders; further ones get 503. Keep it below FTGO_HTTP_MAX_CONNECTIONS',
    ),
  graphqlExplorer: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .default(!isProduction())
    .describe(
      'true or false: whether /graphql serves GraphiQL and lets clients read the schema (default true; false with FTGO_ENV=production and in the images)',
    ),
  optionalPartDeadlineMs: milliseconds().default(800).describe('the timeout of a call for an optional part of a response, in milliseconds'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
