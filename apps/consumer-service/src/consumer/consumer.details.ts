import type { ConsumerDetails } from '@ftgo/contracts/consumer';
import type { Consumer } from './consumer.js';

/** A consumer as others see it. */
export const detailsOf = ({ id, name }: Consumer): ConsumerDetails => ({ consumerId: id, name });
