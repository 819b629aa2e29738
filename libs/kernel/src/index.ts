export type { Address, PersonName } from './address.js';
export { Clock, SystemClock, wallClockMs } from './clock.js';
export { DomainError, type DomainErrorKind } from './domain-error.js';
export {
  type ConsumerId,
  type CourierId,
  consumerId,
  courierId,
  type DeliveryId,
  InvalidId,
  type OrderId,
  orderId,
  type RestaurantId,
  restaurantId,
  type TicketId,
} from './ids.js';
export { InvalidMoney, Money } from './money.js';
export { IllegalTransition, stateMachine } from './state-machine.js';
export { normalized } from './text.js';
