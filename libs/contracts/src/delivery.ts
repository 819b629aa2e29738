import { event, type PayloadOf } from '@ftgo/messaging';
import { courierPositions, deliveryEvents } from './channels.js';
import { message } from './codec/message.js';
import type { PlainOf } from './codec/plain.js';
import {
  type AssignmentSchema,
  type CourierActionSchema,
  CourierSchema,
  DeliverySchema,
  type PositionSchema,
} from './gen/ftgo/delivery/v1/delivery_pb.js';
import * as events from './gen/ftgo/delivery/v1/events_pb.js';
import type * as rpc from './gen/ftgo/delivery/v1/service_pb.js';
import { topicsForAnHour, topicsOf } from './topics.js';

export const DeliveryScheduled = event(deliveryEvents, message(events.DeliveryScheduledSchema));
export type DeliveryScheduled = PayloadOf<typeof DeliveryScheduled>;

export const DeliveryUnscheduled = event(deliveryEvents, message(events.DeliveryUnscheduledSchema));
export type DeliveryUnscheduled = PayloadOf<typeof DeliveryUnscheduled>;

export const DeliveryPickedUp = event(deliveryEvents, message(events.DeliveryPickedUpSchema));
export type DeliveryPickedUp = PayloadOf<typeof DeliveryPickedUp>;

export const DeliveryDelivered = event(deliveryEvents, message(events.DeliveryDeliveredSchema));
export type DeliveryDelivered = PayloadOf<typeof DeliveryDelivered>;

export const DeliveryCancelled = event(deliveryEvents, message(events.DeliveryCancelledSchema));
export type DeliveryCancelled = PayloadOf<typeof DeliveryCancelled>;

/** Sent without the outbox, keyed by the delivery. */
export const CourierMoved = event(courierPositions, message(events.CourierMovedSchema));
export type CourierMoved = PayloadOf<typeof CourierMoved>;

export const deliveryTopics = [...topicsOf(deliveryEvents), ...topicsForAnHour(courierPositions)];

export { DeliveryService as DeliveryServiceApi } from './gen/ftgo/delivery/v1/service_pb.js';
export type DeliveryDetails = PlainOf<typeof DeliverySchema>;
/** A delivery in protobuf, for clients that ask for it over HTTP. */
export const DeliveryMessage = message(DeliverySchema);
export type CourierDetails = PlainOf<typeof CourierSchema>;
/** A courier in protobuf, for clients that ask for it over HTTP. */
export const CourierMessage = message(CourierSchema);
export type CourierActionDetails = PlainOf<typeof CourierActionSchema>;
export type AssignmentDetails = PlainOf<typeof AssignmentSchema>;
export type PositionDetails = PlainOf<typeof PositionSchema>;
export type GetDeliveryRequest = PlainOf<typeof rpc.GetDeliveryRequestSchema>;
export type GetDeliveryResponse = PlainOf<typeof rpc.GetDeliveryResponseSchema>;
export type BatchGetDeliveriesRequest = PlainOf<typeof rpc.BatchGetDeliveriesRequestSchema>;
export type BatchGetDeliveriesResponse = PlainOf<typeof rpc.BatchGetDeliveriesResponseSchema>;
export type NotePickupRequest = PlainOf<typeof rpc.NotePickupRequestSchema>;
export type NotePickupResponse = PlainOf<typeof rpc.NotePickupResponseSchema>;
export type NoteDropoffRequest = PlainOf<typeof rpc.NoteDropoffRequestSchema>;
export type NoteDropoffResponse = PlainOf<typeof rpc.NoteDropoffResponseSchema>;
export type GetCourierRequest = PlainOf<typeof rpc.GetCourierRequestSchema>;
export type GetCourierResponse = PlainOf<typeof rpc.GetCourierResponseSchema>;
export type NoteCourierAvailabilityRequest = PlainOf<typeof rpc.NoteCourierAvailabilityRequestSchema>;
export type NoteCourierAvailabilityResponse = PlainOf<typeof rpc.NoteCourierAvailabilityResponseSchema>;
export type TrackCourierRequest = PlainOf<typeof rpc.TrackCourierRequestSchema>;
export type TrackCourierResponse = PlainOf<typeof rpc.TrackCourierResponseSchema>;
