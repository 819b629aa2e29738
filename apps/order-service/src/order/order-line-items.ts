import { maxOrderLines } from '@ftgo/ftgo';
import { Money, normalized } from '@ftgo/kernel';
import type { Menu, MenuItem } from './menu.js';
import { InvalidOrderLine, LineNotInOrder, MenuItemNotOffered, OrderWithoutLines, TooManyLines } from './order.errors.js';

export interface RequestedLine {
  readonly menuItemId: string;
  readonly quantity: number;
}

/** Quantity 0 removes the line; a menu item that is not yet in the order is added. */
export type LineRevision = RequestedLine;

export interface OrderLine extends RequestedLine {
  readonly name: string;
  readonly price: Money;
}

/** The lines of an order, each at the menu price at the time of ordering. */
export class OrderLineItems {
  constructor(readonly lines: readonly OrderLine[]) {}

  static priced(requested: readonly RequestedLine[], menu: Menu): OrderLineItems {
    checkLines(requested, { smallestQuantity: 1 });
    return new OrderLineItems(pricedLines(requested, menu));
  }

  get total(): Money {
    return this.lines.map(({ price, quantity }) => price.times(quantity)).reduce((sum, amount) => sum.plus(amount), Money.zero);
  }

  /** Lines that the revision does not mention stay unchanged. */
  revised(revisions: readonly LineRevision[], menu: Menu): OrderLineItems {
    checkLines(revisions, { smallestQuantity: 0 });
    const quantities = new Map(revisions.map(({ menuItemId, quantity }) => [normalized(menuItemId), quantity]));
    const ordered = new Set(this.lines.map(({ menuItemId }) => normalized(menuItemId)));
    const unknown = revisions.filter(({ menuItemId }) => !ordered.has(normalized(menuItemId)));
    const missing = unknown.find(({ quantity }) => quantity === 0);
    if (missing) throw new LineNotInOrder(missing.menuItemId);

    const kept = this.lines
      .map((line) => ({ ...line, quantity: quantities.get(normalized(line.menuItemId)) ?? line.quantity }))
      .filter(({ quantity }) => quantity > 0);
    const lines = [...kept, ...pricedLines(unknown, menu)];
    if (lines.length === 0) throw new OrderWithoutLines();
    if (lines.length > maxOrderLines) throw new TooManyLines(maxOrderLines);
    return new OrderLineItems(lines);
  }
}

function pricedLines(requested: readonly RequestedLine[], menu: Menu): OrderLine[] {
  const items = new Map<string, MenuItem>(menu.items.map((item) => [normalized(item.id), item]));
  const missing = requested.filter(({ menuItemId }) => !items.has(normalized(menuItemId)));
  if (missing.length > 0)
    throw new MenuItemNotOffered(
      menu.restaurantName,
      missing.map(({ menuItemId }) => menuItemId),
    );
  return requested.flatMap(({ menuItemId, quantity }) => {
    const item = items.get(normalized(menuItemId));
    return item ? [{ menuItemId, name: item.name, price: item.price, quantity }] : [];
  });
}

/** The edge reports every problem of a request; these checks protect the aggregate from any caller. */
function checkLines(lines: readonly RequestedLine[], { smallestQuantity }: { smallestQuantity: 0 | 1 }): void {
  if (lines.length === 0) throw new InvalidOrderLine('an order must have at least one line');
  if (lines.length > maxOrderLines) throw new InvalidOrderLine(`an order can have at most ${maxOrderLines} lines`);
  if (new Set(lines.map(({ menuItemId }) => normalized(menuItemId))).size < lines.length)
    throw new InvalidOrderLine('each menu item may occur in only one line');
  const wrong = lines.find(({ quantity }) => !Number.isInteger(quantity) || quantity < smallestQuantity);
  if (wrong)
    throw new InvalidOrderLine(
      `invalid quantity ${wrong.quantity} of '${wrong.menuItemId}': expected an integer of at least ${smallestQuantity}`,
    );
}
