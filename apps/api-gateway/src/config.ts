import { hostAndPort, httpConfig, milliseconds, parseConfig } from '@ftgo/platform';
import { z } from 'zod';

const schema = z.object({
  ...httpConfig,
  orderGrpcUrl: hostAndPort(),
  consumerGrpcUrl: hostAndPort(),
  restaurantGrpcUrl: hostAndPort(),
  kitchenGrpcUrl: hostAndPort(),
  deliveryGrpcUrl: hostAndPort(),
  orderHistoryGrpcUrl: hostAndPort(),
  accountingGrpcUrl: hostAndPort(),
  /** How long a call to a service may take. */
  callDeadlineMs: milliseconds().default(5_000),
  /** How long the parts of an answer that it can do without may take. */
  optionalPartDeadlineMs: milliseconds().default(800),
});

export type Config = z.output<typeof schema>;

export const readConfig = (): Config => parseConfig(schema, process.env);
