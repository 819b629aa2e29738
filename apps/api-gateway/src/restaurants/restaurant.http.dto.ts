import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import { Money } from '@ftgo/kernel';
import { idParam, menuFields, moneyOutput, moneyText, nonEmptyText, pageSizeParam, restaurantFields } from '@ftgo/platform';
import { z } from 'zod';
import { startKey } from '../start-key.js';

const menu = () => menuFields(moneyText());
const profile = () => restaurantFields(moneyText());

export const createRestaurantRequest = z.object({ ...profile(), menu: menu() }).meta({ id: 'CreateRestaurantRequest' });
export const createRestaurantResponse = z.object({ id: z.int() }).meta({ id: 'CreateRestaurantResponse' });
export const updateRestaurantRequest = z.object(profile()).meta({ id: 'UpdateRestaurantRequest' });
export const reviseMenuRequest = menu().meta({ id: 'ReviseMenuRequest' });
export const restaurantIdParam = idParam();
export const menuItemIdParam = nonEmptyText();

export const listQuery = z.object({
  pageSize: pageSizeParam(),
  startKey: startKey(),
});

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

export const restaurantJson = ({ restaurantId, name, address, menu, orderMinimum }: RestaurantDetails): RestaurantResponse => ({
  id: restaurantId,
  name,
  address,
  menu: { menuItems: menu.menuItems.map((item) => ({ ...item, price: moneyOutput(item.price) })) },
  orderMinimum: moneyOutput(orderMinimum ?? Money.zero),
});
