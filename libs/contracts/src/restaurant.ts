import { event, type PayloadOf } from '@ftgo/messaging';
import { restaurantEvents } from './channels.js';
import { message } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import { RestaurantCreatedSchema, RestaurantMenuRevisedSchema, RestaurantRevisedSchema } from './gen/ftgo/restaurant/v1/events_pb.js';
import { RestaurantSchema } from './gen/ftgo/restaurant/v1/restaurant_pb.js';
import type * as rpc from './gen/ftgo/restaurant/v1/service_pb.js';
import { topicsOf } from './topics.js';

export { restaurantEvents } from './channels.js';

export const RestaurantCreated = event(restaurantEvents, message(RestaurantCreatedSchema));
export type RestaurantCreated = PayloadOf<typeof RestaurantCreated>;

export const RestaurantRevised = event(restaurantEvents, message(RestaurantRevisedSchema));
export type RestaurantRevised = PayloadOf<typeof RestaurantRevised>;

/** A document message: it carries the whole menu, so the newest one is enough. */
export const RestaurantMenuRevised = event(restaurantEvents, message(RestaurantMenuRevisedSchema));
export type RestaurantMenuRevised = PayloadOf<typeof RestaurantMenuRevised>;

export const restaurantTopics = topicsOf(restaurantEvents);

export { RestaurantService as RestaurantServiceApi } from './gen/ftgo/restaurant/v1/service_pb.js';
export type RestaurantDetails = PlainOf<typeof RestaurantSchema>;
/** A restaurant in protobuf, for clients that ask for it over HTTP. */
export const RestaurantMessage = message(RestaurantSchema);
export type CreateRestaurantRequest = PlainOf<typeof rpc.CreateRestaurantRequestSchema>;
export type CreateRestaurantResponse = PlainOf<typeof rpc.CreateRestaurantResponseSchema>;
export type UpdateRestaurantRequest = PlainOf<typeof rpc.UpdateRestaurantRequestSchema>;
export type UpdateRestaurantResponse = PlainOf<typeof rpc.UpdateRestaurantResponseSchema>;
export type ReviseMenuRequest = PlainOf<typeof rpc.ReviseMenuRequestSchema>;
export type ReviseMenuResponse = PlainOf<typeof rpc.ReviseMenuResponseSchema>;
export type RemoveMenuItemRequest = PlainOf<typeof rpc.RemoveMenuItemRequestSchema>;
export type RemoveMenuItemResponse = PlainOf<typeof rpc.RemoveMenuItemResponseSchema>;
export type GetRestaurantRequest = PlainOf<typeof rpc.GetRestaurantRequestSchema>;
export type GetRestaurantResponse = PlainOf<typeof rpc.GetRestaurantResponseSchema>;
export type ListRestaurantsRequest = PlainOf<typeof rpc.ListRestaurantsRequestSchema>;
export type ListRestaurantsResponse = PlainOf<typeof rpc.ListRestaurantsResponseSchema>;
export type BatchGetRestaurantsRequest = PlainOf<typeof rpc.BatchGetRestaurantsRequestSchema>;
export type BatchGetRestaurantsResponse = PlainOf<typeof rpc.BatchGetRestaurantsResponseSchema>;
