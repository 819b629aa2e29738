import { type RestaurantDetails, RestaurantMessage } from '@ftgo/contracts/restaurant';
import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import {
  etagOf,
  idParam,
  menuFields,
  moneyOutput,
  moneyText,
  nonEmptyText,
  protobufForm,
  type Representation,
  restaurantFields,
  Tagged,
} from '@ftgo/platform';
import { z } from 'zod';
import { addressResponse } from './representations.js';

const menu = () => menuFields(moneyText());

export const menuExample = {
  menuItems: [
    { id: '1', name: 'Chicken Vindaloo', price: '12.34' },
    { id: '2', name: 'Masala Dosa', price: '9.50' },
  ],
};
const profileExample = { name: 'Ajanta', address: { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' } };
export const restaurantExample = { id: 1, ...profileExample, menu: menuExample, orderMinimum: '0.00' };

export const createRestaurantRequest = z
  .object({ ...restaurantFields(moneyText()), menu: menu() })
  .meta({ id: 'CreateRestaurantRequest', example: { ...profileExample, menu: menuExample } });
export const createRestaurantResponse = z.object({ id: z.int() }).meta({ id: 'CreateRestaurantResponse', example: { id: 1 } });
export const updateRestaurantRequest = z
  .object(restaurantFields(moneyText()))
  .meta({ id: 'UpdateRestaurantRequest', example: { ...profileExample, orderMinimum: '10.00' } });
export const reviseMenuRequest = menu().meta({ id: 'ReviseMenuRequest', example: menuExample });
export const restaurantIdParam = idParam().transform(restaurantId);
export const menuItemIdParam = nonEmptyText().meta({ example: '2' });

export const restaurantResponse = z
  .object({
    id: z.int(),
    name: z.string(),
    address: addressResponse,
    menu: z.object({ menuItems: z.array(z.object({ id: z.string(), name: z.string(), price: z.string() })) }),
    orderMinimum: z.string(),
  })
  .meta({ id: 'Restaurant', example: restaurantExample });
export type RestaurantResponse = z.output<typeof restaurantResponse>;

export const restaurantsResponse = z
  .object({ restaurants: z.array(restaurantResponse), startKey: z.string().nullable() })
  .meta({ id: 'RestaurantPage', example: { restaurants: [restaurantExample], startKey: null } });

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

/** The restaurant's version covers all of it, with its menu. A service of an earlier release does not send the version. */
const tagOf = ({ version }: RestaurantDetails): string | undefined => (version === undefined ? undefined : etagOf(version));

export const taggedRestaurant = (restaurant: RestaurantDetails): Tagged<RestaurantDetails> => new Tagged(tagOf(restaurant), restaurant);

export const taggedRestaurantJson = (restaurant: RestaurantDetails): Tagged<RestaurantResponse> =>
  new Tagged(tagOf(restaurant), restaurantJson(restaurant));

export const restaurantForms: Readonly<Record<string, Representation<RestaurantDetails>>> = {
  'application/json': { schema: restaurantResponse, write: restaurantJson },
  ...protobufForm(RestaurantMessage),
};
