import { restaurantId } from '@ftgo/ftgo';
import { idParam, moneyOutput, moneyText, nonEmptyText, pageSizeParam } from '@ftgo/platform';
import { z } from 'zod';
import { pageCursor } from './page-cursor.js';
import { menuFields, profileFields } from './restaurant.fields.js';
import type { Restaurant } from './restaurant.js';

export const createRestaurantRequest = z
  .object({ ...profileFields(moneyText()), menu: menuFields(moneyText()) })
  .meta({ id: 'CreateRestaurantRequest' });
export type CreateRestaurantRequest = z.output<typeof createRestaurantRequest>;

export const createRestaurantResponse = z.object({ id: z.int() }).meta({ id: 'CreateRestaurantResponse' });

export const updateRestaurantRequest = z.object(profileFields(moneyText())).meta({ id: 'UpdateRestaurantRequest' });
export type UpdateRestaurantRequest = z.output<typeof updateRestaurantRequest>;

export const reviseMenuRequest = menuFields(moneyText()).meta({ id: 'ReviseMenuRequest' });
export type ReviseMenuRequest = z.output<typeof reviseMenuRequest>;

export const restaurantIdParam = idParam().transform(restaurantId);
export const menuItemIdParam = nonEmptyText();

export const listQuery = z.object({
  pageSize: pageSizeParam(),
  startKey: pageCursor().optional(),
});
export type ListQuery = z.output<typeof listQuery>;

export const restaurantResponse = z
  .object({
    id: z.int(),
    name: z.string(),
    address: z.object({ street1: z.string(), street2: z.string().optional(), city: z.string(), state: z.string(), zip: z.string() }),
    menu: z.object({ menuItems: z.array(z.object({ id: z.string(), name: z.string(), price: z.string() })) }),
    orderMinimum: z.string(),
  })
  .meta({ id: 'Restaurant' });
export type RestaurantResponse = z.output<typeof restaurantResponse>;

export const listResponse = z
  .object({ restaurants: z.array(restaurantResponse), startKey: z.string().nullable() })
  .meta({ id: 'RestaurantPage' });
export type ListResponse = z.output<typeof listResponse>;

export const restaurantJson = ({ id, name, address, menu, orderMinimum }: Restaurant): RestaurantResponse => ({
  id,
  name,
  address,
  menu: { menuItems: menu.items.map((item) => ({ ...item, price: moneyOutput(item.price) })) },
  orderMinimum: moneyOutput(orderMinimum),
});
