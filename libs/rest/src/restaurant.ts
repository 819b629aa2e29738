import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { idParam, menuFields, moneyOutput, moneyText, nonEmptyText, restaurantFields } from '@ftgo/platform';
import { z } from 'zod';
import { addressResponse } from './representations.js';

const menu = () => menuFields(moneyText());

export const createRestaurantRequest = z.object({ ...restaurantFields(moneyText()), menu: menu() }).meta({ id: 'CreateRestaurantRequest' });
export const createRestaurantResponse = z.object({ id: z.int() }).meta({ id: 'CreateRestaurantResponse' });
export const updateRestaurantRequest = z.object(restaurantFields(moneyText())).meta({ id: 'UpdateRestaurantRequest' });
export const reviseMenuRequest = menu().meta({ id: 'ReviseMenuRequest' });
export const restaurantIdParam = idParam().transform(restaurantId);
export const menuItemIdParam = nonEmptyText();

export const restaurantResponse = z
  .object({
    id: z.int(),
    name: z.string(),
    address: addressResponse,
    menu: z.object({ menuItems: z.array(z.object({ id: z.string(), name: z.string(), price: z.string() })) }),
    orderMinimum: z.string(),
  })
  .meta({ id: 'Restaurant' });
export type RestaurantResponse = z.output<typeof restaurantResponse>;

export const restaurantsResponse = z
  .object({ restaurants: z.array(restaurantResponse), startKey: z.string().nullable() })
  .meta({ id: 'RestaurantPage' });

export const restaurantJson = ({
  restaurantId: id,
  name,
  address,
  menu: { menuItems },
  orderMinimum,
}: RestaurantDetails): RestaurantResponse => ({
  id,
  name,
  address,
  menu: { menuItems: menuItems.map((item) => ({ ...item, price: moneyOutput(item.price) })) },
  orderMinimum: moneyOutput(orderMinimum ?? Money.zero),
});
