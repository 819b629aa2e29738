import { maxMenuItems, maxOrderLines } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { z } from 'zod';
import { address, id, nonEmptyText, quantity, wholeNumberParam } from './fields.js';

/** The fields that the gateway and the services share: one schema for each, so that both validate alike. */

export const maxPageSize = 100;
export const maxKeywords = 10;

/** Rejects a list in which two items have the same value of `key`; each duplicate is a separate error. */
const namedOnce =
  <Key extends string>(key: Key, problem: string) =>
  (items: ReadonlyArray<Record<Key, unknown>>, context: z.core.$RefinementCtx): void => {
    const seen = new Set<unknown>();
    for (const [i, { [key]: value }] of items.entries()) {
      if (seen.has(value)) context.issues.push({ code: 'custom', path: [i, key], message: problem, input: value });
      seen.add(value);
    }
  };

/** The lines of an order or, if quantity 0 is allowed, of a revision. */
export const orderLines = (smallestQuantity: 0 | 1) =>
  z
    .array(z.object({ menuItemId: nonEmptyText(), quantity: quantity(smallestQuantity) }))
    .min(1, 'must have at least one line')
    .max(maxOrderLines, `must not have more than ${maxOrderLines} lines`)
    .superRefine(namedOnce('menuItemId', 'is already used in another line'))
    .meta({ uniqueItems: true, description: 'each menuItemId once' });

/** The fields of a new order; its time is text over HTTP and a Date over gRPC. */
export const newOrderFields = (time: z.ZodType<Date>) => ({
  consumerId: id(),
  restaurantId: id(),
  deliveryTime: time,
  deliveryAddress: address(),
  lineItems: orderLines(1),
});

type Amount = z.ZodType<Money>;

/** A complete menu; amounts are text over HTTP and Money over gRPC. */
export const menuFields = (amount: Amount) =>
  z.object({
    menuItems: z
      .array(z.object({ id: nonEmptyText(), name: nonEmptyText(), price: amount }))
      .min(1, 'must have at least one item')
      .max(maxMenuItems, `must not have more than ${maxMenuItems} items`)
      .superRefine(namedOnce('id', 'is already used by another item'))
      .meta({ uniqueItems: true, description: 'each id once' }),
  });

/** The fields of a restaurant other than its menu. */
export const restaurantFields = (amount: Amount) => ({
  name: nonEmptyText(),
  address: address(),
  orderMinimum: amount.nullish().transform((minimum) => minimum ?? undefined),
});

/** The keywords of a search: one, several, or none. */
export const keywordsParam = () =>
  z
    .union([z.array(nonEmptyText()).max(maxKeywords, `must have at most ${maxKeywords} values`), nonEmptyText().transform((one) => [one])])
    .default([]);

export const pageSizeParam = () => wholeNumberParam(1, maxPageSize).default(maxPageSize).meta({ default: maxPageSize });

/** Where the next page of a list begins, as returned with the previous page; the content is opaque to other services. */
export const startKeyParam = () =>
  z.string().regex(/^[A-Za-z0-9_-]{1,200}$/, 'is not a valid page token; use the one from the previous page');

/** A comma-separated list of these names. */
export const namesParam = <Name extends string>(...names: readonly Name[]) =>
  z
    .string()
    .regex(new RegExp(`^(?:${names.join('|')})(?:,(?:${names.join('|')}))*$`), `must be a comma-separated list of ${names.join(', ')}`)
    .transform((asked) => names.filter((name) => asked.split(',').includes(name)))
    .default([]);
