import type { RestaurantId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';

export class RestaurantNotFound extends DomainError {
  constructor(id: RestaurantId) {
    super('RESTAURANT_NOT_FOUND', 'not-found', `restaurant ${id} not found`, { restaurantId: id });
  }
}
