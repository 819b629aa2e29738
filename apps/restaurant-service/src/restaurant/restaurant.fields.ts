import { Money } from '@ftgo/kernel';
import { menuFields as menuAsGiven, restaurantFields } from '@ftgo/platform';
import type { z } from 'zod';
import { Menu } from './menu.js';

type Amount = z.ZodType<Money>;

/** A whole menu; amounts come as text over HTTP and as Money over gRPC. */
export const menuFields = (amount: Amount) => menuAsGiven(amount).transform(({ menuItems }) => Menu.of(menuItems));

/** What a restaurant is besides its menu. */
export function profileFields(amount: Amount) {
  const { orderMinimum, ...fields } = restaurantFields(amount);
  return { ...fields, orderMinimum: orderMinimum.transform((minimum) => minimum ?? Money.zero) };
}
