import type { Broker } from '@ftgo/messaging/broker';
import { Logger } from '@nestjs/common';
import { type BrokerConfig, openBroker } from '../broker/open-broker.js';

/** The broker of a service; problems are logged under the name of the broker. */
export const serviceBroker = (config: BrokerConfig, service: string): Promise<Broker> =>
  openBroker(config, service, (broker) => new Logger(broker));
