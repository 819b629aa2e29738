import { hostAndPort, milliseconds, parseConfig, serviceConfig } from '@ftgo/platform';
import { z } from 'zod';

export const schema = z.object({
  ...serviceConfig,
  orderGrpcUrl: hostAndPort(),
  consumerGrpcUrl: hostAndPort(),
  restaurantGrpcUrl: hostAndPort(),
  kitchenGrpcUrl: hostAndPort(),
  deliveryGrpcUrl: hostAndPort(),
  orderHistoryGrpcUrl: hostAndPort(),
  accountingGrpcUrl: hostAndPort(),
  callDeadlineMs: milliseconds().default(5_000).describe('timeout of a call to a service, in milliseconds'),
  optionalPartDeadlineMs: milliseconds().default(800).describe('timeout of a call for an optional part of a response, in milliseconds'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
