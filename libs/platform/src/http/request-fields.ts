import { maxMenuItems, maxOrderLines } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { z } from 'zod';
import { address, id, nonEmptyText, quantity, wholeNumberParam } from './fields.js';

/** What the gateway and the services ask of the same requests: one schema for each field, so that both answer alike. */

export const maxPageSize = 100;
export const maxKeywords = 10;

/** Refuses a list in which two items have the same value under `key`; each repetition is a problem. */
const namedOnce =
  <Key extends string>(key: Key, problem: string) =>
  (items: ReadonlyArray<Record<Key, unknown>>, context: z.core.$RefinementCtx): void => {
    const seen = new Set<unknown>();
    for (const [i, { [key]: value }] of items.entries()) {
      if (seen.has(value)) context.issues.push({ code: 'custom', path: [i, key], message: problem, input: value });
      seen.add(value);
    }
  };

/** The lines of an order, or with quantity 0 those of a revision. */
export const orderLines = (smallestQuantity: 0 | 1) =>
  z
    .array(z.object({ menuItemId: nonEmptyText(), quantity: quantity(smallestQuantity) }))
    .min(1, 'must have at least one line')
    .max(maxOrderLines, `must not have more than ${maxOrderLines} lines`)
    .superRefine(namedOnce('menuItemId', 'is named in another line already'))
    .meta({ uniqueItems: true, description: 'each menuItemId once' });

/** What a new order says; its time comes as text over HTTP and as a Date over gRPC. */
export const newOrderFields = (time: z.ZodType<Date>) => ({
  consumerId: id(),
  restaurantId: id(),
  deliveryTime: time,
  deliveryAddress: address(),
  lineItems: orderLines(1),
});

type Amount = z.ZodType<Money>;

/** A whole menu; amounts come as text over HTTP and as Money over gRPC. */
export const menuFields = (amount: Amount) =>
  z.object({
    menuItems: z
      .array(z.object({ id: nonEmptyText(), name: nonEmptyText(), price: amount }))
      .min(1, 'must have at least one item')
      .max(maxMenuItems, `must not have more than ${maxMenuItems} items`)
      .superRefine(namedOnce('id', 'is the id of another item already'))
      .meta({ uniqueItems: true, description: 'each id once' }),
  });

/** What a restaurant is besides its menu. */
export const restaurantFields = (amount: Amount) => ({
  name: nonEmptyText(),
  address: address(),
  orderMinimum: amount.nullish().transform((minimum) => minimum ?? undefined),
});

/** The keywords of a search: one, several, or none. */
export const keywordsParam = () =>
  z
    .union([z.array(nonEmptyText()).max(maxKeywords, `must not be more than ${maxKeywords}`), nonEmptyText().transform((one) => [one])])
    .default([]);

export const pageSizeParam = () => wholeNumberParam(1, maxPageSize).default(maxPageSize).meta({ default: maxPageSize });

/** Where a list goes on, as its last page said it; what is in it only the service knows that made it. */
export const startKeyParam = () => z.string().regex(/^[A-Za-z0-9_-]{1,200}$/, 'is not a place in this list: take it from the page before');

/** Several of these names, with commas between them. */
export const namesParam = <Name extends string>(...names: readonly Name[]) =>
  z
    .string()
    .regex(
      new RegExp(`^(?:${names.join('|')})(?:,(?:${names.join('|')}))*$`),
      `must name some of ${names.join(', ')}, with commas between them`,
    )
    .transform((asked) => names.filter((name) => asked.split(',').includes(name)))
    .default([]);
