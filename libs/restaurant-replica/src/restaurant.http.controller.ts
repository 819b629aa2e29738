import { type RestaurantId, restaurantId } from '@ftgo/ftgo';
import { Allow, etagOf, HasETag, idParam, moneyOutput, RespondsWith, Summary, Tagged } from '@ftgo/platform';
import { Controller, Get, Param } from '@nestjs/common';
import { z } from 'zod';
import { RestaurantReplica } from './restaurant-replica.js';

const restaurantIdParam = idParam().transform(restaurantId);

const restaurantResponse = z
  .object({
    restaurantId: z.int(),
    name: z.string(),
    menu: z.object({ menuItems: z.array(z.object({ id: z.string(), name: z.string(), price: z.string() })) }),
    sequence: z.int(),
  })
  .meta({
    id: 'RestaurantReplica',
    example: {
      restaurantId: 1,
      name: 'Ajanta',
      menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] },
      sequence: 1,
    },
  });

/** Shows the replica, with the menu that the service uses. */
@Controller('restaurants')
export class RestaurantHttpController {
  constructor(private readonly restaurants: RestaurantReplica<'name' | 'menuItems'>) {}

  @Allow('consumer', 'restaurant', 'courier', 'operator', 'service')
  @Get(':restaurantId')
  @Summary('Get a restaurant as replicated in this service')
  @HasETag({ isRead: true })
  @RespondsWith(restaurantResponse)
  async getRestaurant(
    @Param('restaurantId', { schema: restaurantIdParam }) id: RestaurantId,
  ): Promise<Tagged<z.output<typeof restaurantResponse>>> {
    const restaurant = await this.restaurants.get(id);
    const menuItems = restaurant.menuItems.map((item) => ({ ...item, price: moneyOutput(item.price) }));
    const { name, sequence } = restaurant;
    return new Tagged(etagOf(sequence), { restaurantId: id, name, menu: { menuItems }, sequence });
  }
}
