import { Money } from '@ftgo/kernel';
import { generatedId, jsonColumn, plainJsonColumn } from '@ftgo/platform';
import { EntitySchema } from 'typeorm';
import { type LastRefusal, Order } from './order.js';
import { type OrderLine, OrderLineItems } from './order-line-items.js';

/** A line as stored: its price in minor units. */
export type OrderLineRow = Omit<OrderLine, 'price'> & { readonly price: number };

export const lineItemsOf = (rows: readonly OrderLineRow[]): OrderLineItems =>
  new OrderLineItems(rows.map((row) => ({ ...row, price: Money.ofMinorUnits(row.price) })));

const lineItemRows = ({ lines }: OrderLineItems): OrderLineRow[] => lines.map((line) => ({ ...line, price: line.price.minorUnits }));

export type LastRefusalRow = Omit<LastRefusal, 'at'> & { readonly at: string };

export const lastRefusalOf = (row: LastRefusalRow): LastRefusal => ({ ...row, at: new Date(row.at) });

/** The columns map to private fields of the order, so both names are spelled out. */
interface OrderColumns {
  id: number;
  consumerId: number;
  restaurantId: number;
  currentState: string;
  ordered: OrderLineItems;
  proposed: OrderLineItems | null;
  deliveryAddress: object;
  deliveryTime: Date;
  rejectedFor: object | null;
  storedLastRefusal: LastRefusal | null;
  version: number;
}

export const orderSchema = new EntitySchema<OrderColumns>({
  target: Order,
  name: 'Order',
  tableName: 'orders',
  columns: {
    id: generatedId,
    consumerId: { type: 'bigint' },
    restaurantId: { type: 'bigint' },
    currentState: { type: 'text', name: 'state' },
    ordered: { ...jsonColumn({ write: lineItemRows, read: lineItemsOf }), name: 'line_items' },
    proposed: { ...jsonColumn(orNull({ write: lineItemRows, read: lineItemsOf })), name: 'proposed_line_items', nullable: true },
    deliveryAddress: plainJsonColumn,
    deliveryTime: { type: 'timestamptz' },
    rejectedFor: { type: 'jsonb', name: 'rejection', nullable: true },
    storedLastRefusal: {
      ...jsonColumn(orNull({ write: (refusal: LastRefusal) => ({ ...refusal, at: refusal.at.toISOString() }), read: lastRefusalOf })),
      name: 'last_refusal',
      nullable: true,
    },
    version: { type: 'integer' },
  },
});

function orNull<Value, Json>(codec: { write: (value: Value) => Json; read: (json: Json) => Value }) {
  return {
    write: (value: Value | null): Json | null => (value === null ? null : codec.write(value)),
    read: (json: Json | null): Value | null => (json === null ? null : codec.read(json)),
  };
}
