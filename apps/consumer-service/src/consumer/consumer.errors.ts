import type { ConsumerId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';

export class ConsumerNotFound extends DomainError {
  constructor(id: ConsumerId) {
    super('CONSUMER_NOT_FOUND', 'not-found', `consumer ${id} not found`, { consumerId: id });
  }
}
