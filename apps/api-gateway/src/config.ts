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
  callDeadlineMs: milliseconds().default(5_000).describe('how many milliseconds a call to a service may take'),
  optionalPartDeadlineMs: milliseconds()
    .default(800)
    .describe('how many milliseconds the parts of an answer that it can do without may take'),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
