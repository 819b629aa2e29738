export type { Address, PersonName } from './address.js';
export {
  type ConsumerId,
  type CourierId,
  consumerId,
  courierId,
  type DeliveryId,
  deliveryId,
  type OrderId,
  orderId,
  type RestaurantId,
  restaurantId,
  type TicketId,
  ticketId,
} from './ids.js';
export { maxMenuItems, maxOrderLines } from './limits.js';
export { erasedAddress, erasedName, withheldAddress, withheldName } from './withheld.js';
