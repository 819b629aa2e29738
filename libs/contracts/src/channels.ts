import { type Channel, commandChannel, eventChannel, type ReplyChannel, replyChannel, sentBy } from '@ftgo/messaging/contract';

// Every channel and the service that sends on it. Separate from the messages, so that the relay need not load those.

const sagas = ['order-service'];

export const consumerCommands = commandChannel('ftgo.consumer.commands', { owner: 'consumer-service', senders: sagas });
/** Keyed by order id, so that all commands about one ticket stay in order. */
export const kitchenCommands = commandChannel('ftgo.kitchen.commands', { owner: 'kitchen-service', senders: sagas });
export const accountingCommands = commandChannel('ftgo.accounting.commands', { owner: 'accounting-service', senders: sagas });

export const createOrderReplies = replyChannel('ftgo.order.create-order-saga.replies', {
  senders: ['consumer-service', 'kitchen-service', 'accounting-service'],
});
export const cancelOrderReplies = replyChannel('ftgo.order.cancel-order-saga.replies', {
  senders: ['kitchen-service', 'accounting-service'],
});
export const reviseOrderReplies = replyChannel('ftgo.order.revise-order-saga.replies', {
  senders: ['kitchen-service', 'accounting-service'],
});

/** The channels to which replies may be sent; a participant does not know which service owns them. */
export const allReplyChannels: readonly ReplyChannel[] = [createOrderReplies, cancelOrderReplies, reviseOrderReplies];

export const consumerEvents = eventChannel('ftgo.consumer.events', { source: '/consumer-service/consumers' });
export const restaurantEvents = eventChannel('ftgo.restaurant.events', { source: '/restaurant-service/restaurants' });
export const orderEvents = eventChannel('ftgo.order.events', { source: '/order-service/orders' });
export const kitchenEvents = eventChannel('ftgo.kitchen.events', { source: '/kitchen-service/tickets' });
export const deliveryEvents = eventChannel('ftgo.delivery.events', { source: '/delivery-service/deliveries' });
export const accountingEvents = eventChannel('ftgo.accounting.events', { source: '/accounting-service/accounts' });
/** The numbered entries of timelines, for clients that follow orders live. */
export const orderHistoryEvents = eventChannel('ftgo.orderhistory.events', { source: '/order-history-service/orders' });

/**
 * Where couriers are, for clients that follow orders live. Positions are not stored, so they are not published through the outbox,
 * and their channel is not among those that the relay and the invariants know (ADR 51).
 */
export const courierPositions = eventChannel('ftgo.delivery.positions', { source: '/delivery-service/couriers' });

/** All channels. */
export const channels: readonly Channel[] = [
  consumerCommands,
  kitchenCommands,
  accountingCommands,
  ...allReplyChannels,
  consumerEvents,
  restaurantEvents,
  orderEvents,
  kitchenEvents,
  deliveryEvents,
  accountingEvents,
  orderHistoryEvents,
];

/** The services with an outbox in their database. */
export const services: readonly string[] = [
  'accounting-service',
  'consumer-service',
  'delivery-service',
  'kitchen-service',
  'order-history-service',
  'order-service',
  'restaurant-service',
];

/** The topics on which a service sends, each with the prefix of its sources there. */
export const topicsSentBy = (service: string): ReadonlyMap<string, string> => sentBy(service, channels);
