import type { GrpcExample } from '../example.js';
import { anyTime } from '../json.js';
import { ajantasAddress, courier, deliveryTime, readyBy, ticketLine, withheldAddress } from '../samples.js';
import * as states from '../states.js';
import { at, deliveries, kitchen, notFound, rejected } from './services.js';

interface TicketIds {
  readonly ticket: number;
  readonly restaurant: number;
}
const ticketRequest = ({ ticket }: { ticket: number }) => ({ ticketId: String(ticket) });
const theTicket = (ids: TicketIds, state: string, times: object = {}) => ({
  ...ticketRequest(ids),
  restaurantId: String(ids.restaurant),
  state: `TICKET_STATE_${state}`,
  lineItems: [ticketLine],
  createdAt: anyTime('2026-11-21T18:00:00Z'),
  ...times,
});
const ticketAnswer = (state: string, times: object = {}) => ({
  outcome: { answer: (ids: TicketIds) => ({ ticket: theTicket(ids, state, times) }) },
});
const toKitchen = [
  kitchen.grpc('GetTicket', {
    ...states.acceptedTicket,
    name: 'a ticket is read',
    request: ticketRequest,
    ...ticketAnswer('ACCEPTED', { readyBy, acceptedAt: at }),
  }),
  kitchen.grpc('GetTicket', { ...states.noTicket, request: ticketRequest, ...notFound('TICKET') }),
  kitchen.grpc('FindTickets', {
    given: 'a restaurant with one ticket, which awaits acceptance',
    ids: states.aTicket.ids,
    name: 'the tickets of a restaurant are found',
    request: (ids) => ({ restaurantId: String(ids.restaurant), state: 'TICKET_STATE_AWAITING_ACCEPTANCE', pageSize: 100 }),
    outcome: { answer: (ids) => ({ tickets: [theTicket(ids, 'AWAITING_ACCEPTANCE')] }) },
  }),
  kitchen.grpc('AcceptTicket', {
    ...states.aTicket,
    name: 'a ticket is accepted',
    request: (ids) => ({ ...ticketRequest(ids), readyBy }),
    ...ticketAnswer('ACCEPTED', { readyBy, acceptedAt: at }),
  }),
  kitchen.grpc('AcceptTicket', {
    ...states.acceptedTicket,
    name: 'an accepted ticket cannot be accepted again',
    request: (ids) => ({ ...ticketRequest(ids), readyBy }),
    ...rejected('conflict', 'ILLEGAL_TRANSITION'),
  }),
  kitchen.grpc('NoteTicketPreparing', {
    ...states.acceptedTicket,
    name: 'a ticket is being prepared',
    request: ticketRequest,
    ...ticketAnswer('PREPARING', { preparingAt: at }),
  }),
  kitchen.grpc('NoteTicketReady', {
    ...states.preparingTicket,
    name: 'a ticket is ready',
    request: ticketRequest,
    ...ticketAnswer('READY_FOR_PICKUP', { readyForPickupAt: at }),
  }),
  kitchen.grpc('NoteTicketPickedUp', {
    ...states.readyTicket,
    name: 'a ticket is picked up',
    request: ticketRequest,
    ...ticketAnswer('PICKED_UP', { pickedUpAt: at }),
  }),
];

interface DeliveryIds {
  readonly delivery: number;
  readonly courier: number;
}
const deliveryRequest = ({ delivery }: { delivery: number }) => ({ deliveryId: String(delivery) });
const pickup = { type: 'COURIER_ACTION_TYPE_PICKUP', address: ajantasAddress, time: readyBy };
const dropoff = { type: 'COURIER_ACTION_TYPE_DROPOFF', address: withheldAddress, time: deliveryTime };
const assigned = (ids: DeliveryIds, state: string, ...actions: readonly object[]) => ({
  delivery: {
    ...deliveryRequest(ids),
    state: `DELIVERY_STATE_${state}`,
    assignedCourierId: String(ids.courier),
    ...(actions.length > 0 && { courierActions: actions.map((action) => ({ ...action, ...deliveryRequest(ids) })) }),
    scheduledAt: at,
  },
});
const courierRequest = ({ courier: id }: { courier: number }) => ({ courierId: String(id) });
const toDeliveries = [
  deliveries.grpc('GetDelivery', {
    ...states.pendingDelivery,
    name: 'a delivery waits for a courier',
    request: deliveryRequest,
    outcome: { answer: (ids) => ({ delivery: { ...deliveryRequest(ids), state: 'DELIVERY_STATE_PENDING' } }) },
  }),
  deliveries.grpc('GetDelivery', {
    ...states.scheduledDelivery,
    name: 'a delivery has a courier',
    request: deliveryRequest,
    outcome: { answer: (ids) => assigned(ids, 'SCHEDULED', pickup, dropoff) },
  }),
  deliveries.grpc('GetDelivery', { ...states.noDelivery, request: deliveryRequest, ...notFound('DELIVERY') }),
  deliveries.grpc('NotePickup', {
    ...states.readyDelivery,
    name: 'a delivery is picked up',
    request: deliveryRequest,
    outcome: { answer: (ids) => assigned(ids, 'PICKED_UP', dropoff) },
  }),
  deliveries.grpc('NotePickup', {
    ...states.scheduledDelivery,
    name: 'an order whose food is not ready cannot be picked up',
    request: deliveryRequest,
    ...rejected('conflict', 'TICKET_NOT_READY'),
  }),
  deliveries.grpc('NoteDropoff', {
    ...states.pickedUpDelivery,
    name: 'a delivery is dropped off',
    request: deliveryRequest,
    outcome: { answer: (ids) => assigned(ids, 'DELIVERED') },
  }),
  deliveries.grpc('GetCourier', {
    ...states.aCourier,
    name: 'a courier is read',
    request: courierRequest,
    outcome: { answer: (ids) => ({ courier: { ...courierRequest(ids), available: true } }) },
  }),
  deliveries.grpc('GetCourier', { ...states.noCourier, request: courierRequest, ...notFound('COURIER') }),
  deliveries.grpc('NoteCourierAvailability', {
    ...states.nothing,
    ids: { courier },
    name: 'a courier becomes available',
    request: (ids) => ({ ...courierRequest(ids), available: true }),
    outcome: { answer: (ids) => ({ courier: { ...courierRequest(ids), available: true } }) },
  }),
];

/** What kitchens and couriers do. */
export const callsToDeliver: readonly GrpcExample[] = [...toKitchen, ...toDeliveries];
