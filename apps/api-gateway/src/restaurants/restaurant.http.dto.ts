import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import { Money } from '@ftgo/kernel';
import { address, idParam, moneyOutput, moneyText, nonEmptyText } from '@ftgo/platform';
import { z } from 'zod';
import { namedOnce } from '../named-once.js';
import { startKey } from '../start-key.js';

const maxMenuItems = 100;
const maxPageSize = 100;

const menu = () =>
  z.object({
    menuItems: z
      .array(z.object({ id: nonEmptyText(), name: nonEmptyText(), price: moneyText() }))
      .min(1, 'must have at least one item')
      .max(maxMenuItems, `must not have more than ${maxMenuItems} items`)
      .superRefine(namedOnce('id', 'is the id of another item already')),
  });

const profile = () => ({
  name: nonEmptyText(),
  address: address(),
  orderMinimum: moneyText()
    .nullish()
    .transform((minimum) => minimum ?? undefined),
});

export const createRestaurantRequest = z.object({ ...profile(), menu: menu() }).meta({ id: 'CreateRestaurantRequest' });
export const createRestaurantResponse = z.object({ id: z.int() }).meta({ id: 'CreateRestaurantResponse' });
export const updateRestaurantRequest = z.object(profile()).meta({ id: 'UpdateRestaurantRequest' });
export const reviseMenuRequest = menu().meta({ id: 'ReviseMenuRequest' });
export const restaurantIdParam = idParam();
export const menuItemIdParam = nonEmptyText();

export const listQuery = z.object({
  pageSize: z.coerce.number('must be a whole number').int().min(1).max(maxPageSize).default(maxPageSize),
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
