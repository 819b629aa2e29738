export type { Address, PersonName } from './address.js';
export {
  type ConsumerId,
  type CourierId,
  consumerId,
  courierId,
  type DeliveryId,
  type OrderId,
  orderId,
  type RestaurantId,
  restaurantId,
  type TicketId,
} from './ids.js';
export { maxMenuItems, maxOrderLines } from './limits.js';
