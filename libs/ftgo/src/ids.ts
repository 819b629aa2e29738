import { DomainError } from '@ftgo/kernel';

declare const brand: unique symbol;
type Id<Name extends string> = number & { readonly [brand]: Name };

export type OrderId = Id<'Order'>;
export type ConsumerId = Id<'Consumer'>;
export type RestaurantId = Id<'Restaurant'>;
export type CourierId = Id<'Courier'>;
/** A ticket has the id of its order. */
export type TicketId = OrderId;
/** A delivery has the id of its order. */
export type DeliveryId = OrderId;

class InvalidId extends DomainError {
  constructor(value: unknown) {
    super('INVALID_ID', 'invalid', `invalid id ${String(value)}: expected an integer from 1 to ${Number.MAX_SAFE_INTEGER}`);
  }
}

/** The only place where a number becomes an id. */
function id<Name extends string>(value: number): Id<Name> {
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidId(value);
  return value as Id<Name>;
}

export const orderId = (value: number): OrderId => id<'Order'>(value);
export const ticketId = (value: number): TicketId => orderId(value);
export const deliveryId = (value: number): DeliveryId => orderId(value);
export const consumerId = (value: number): ConsumerId => id<'Consumer'>(value);
export const restaurantId = (value: number): RestaurantId => id<'Restaurant'>(value);
export const courierId = (value: number): CourierId => id<'Courier'>(value);
