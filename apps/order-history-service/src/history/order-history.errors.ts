import type { OrderId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';

export class OrderNotFound extends DomainError {
  constructor(id: OrderId) {
    super('ORDER_NOT_FOUND', 'not-found', `order ${id} is not known here (yet)`, { orderId: id });
  }
}
