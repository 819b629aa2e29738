import type { ConsumerId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';

export class ConsumerNotFound extends DomainError {
  constructor(id: ConsumerId) {
    super('CONSUMER_NOT_FOUND', 'not-found', `there is no consumer ${id}`, { consumerId: id });
  }
}
