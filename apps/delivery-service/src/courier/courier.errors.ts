import type { CourierId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';

export class CourierNotFound extends DomainError {
  constructor(id: CourierId) {
    super('COURIER_NOT_FOUND', 'not-found', `courier ${id} not found`, { courierId: id });
  }
}
