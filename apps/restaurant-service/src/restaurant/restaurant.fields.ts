import { Money } from '@ftgo/kernel';
import { address, nonEmptyText } from '@ftgo/platform';
import { z } from 'zod';
import { itemsNamedAgain, Menu, maxMenuItems } from './menu.js';

type Amount = z.ZodType<Money>;

/** A whole menu; amounts come as text over HTTP and as Money over gRPC. */
export const menuFields = (amount: Amount) =>
  z
    .object({
      menuItems: z
        .array(z.object({ id: nonEmptyText(), name: nonEmptyText(), price: amount }))
        .min(1, 'must have at least one item')
        .max(maxMenuItems, `must not have more than ${maxMenuItems} items`)
        .superRefine((items, context) => {
          for (const i of itemsNamedAgain(items)) {
            context.addIssue({ code: 'custom', path: [i, 'id'], message: 'is the id of another item already' });
          }
        }),
    })
    .transform(({ menuItems }) => Menu.of(menuItems));

/** What a restaurant is besides its menu. */
export const profileFields = (amount: Amount) => ({
  name: nonEmptyText(),
  address: address(),
  orderMinimum: amount.nullish().transform((minimum) => minimum ?? Money.zero),
});
