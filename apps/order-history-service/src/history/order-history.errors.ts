import type { OrderId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';

export class OrderNotFound extends DomainError {
  constructor(id: OrderId) {
    super('ORDER_NOT_FOUND', 'not-found', `order ${id} not found in order history; it may not have arrived yet`, { orderId: id });
  }
}
