import type { RestaurantId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';

export class RestaurantNotFound extends DomainError {
  constructor(id: RestaurantId) {
    super('RESTAURANT_NOT_FOUND', 'not-found', `restaurant ${id} not found in the replica; it may not have arrived yet`, {
      restaurantId: id,
    });
  }
}
