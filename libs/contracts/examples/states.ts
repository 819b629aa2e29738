import type { Given, Ids } from './example.js';
import { courier, unknownId, withheldName } from './samples.js';

const state = <I extends Ids>(given: string, ids: I): Given<I> => ({ given, ids });

const ofOrder = { order: 17, consumer: 7, restaurant: 3 } as const;

/** The states that several consumers use. Their ids are consistent: Ada (7) places order 17 at Ajanta (3). */
export const nothing = state('nothing', {});
export const aConsumer = state('the consumer Ada', { consumer: 7 });
export const noConsumer = state('no such consumer', { consumer: unknownId });
export const aRestaurant = state('the restaurant Ajanta', { restaurant: 3 });
export const noRestaurant = state('no such restaurant', { restaurant: unknownId });
export const approvedOrder = state('an approved order', ofOrder);
export const rejectedOrder = state('a rejected order', { ...ofOrder, order: 18 });
export const noOrder = state('no such order', { order: unknownId });
export const aTicket = state('a ticket that awaits acceptance', { ticket: 18, restaurant: 3 });
export const acceptedTicket = state('a ticket that was accepted', { ticket: 17, restaurant: 3 });
export const preparingTicket = state('a ticket that is being prepared', { ticket: 19, restaurant: 3 });
export const readyTicket = state('a ticket that is ready for pick-up', { ticket: 20, restaurant: 3 });
export const noTicket = state('no such ticket', { ticket: unknownId });
export const pendingDelivery = state('a delivery without a courier', { delivery: 19 });
export const scheduledDelivery = state('a delivery that has a courier', { delivery: 17, courier });
export const readyDelivery = state('a delivery whose food is ready', { delivery: 20, courier });
export const pickedUpDelivery = state('a delivery that was picked up', { delivery: 21, courier });
export const noDelivery = state('no such delivery', { delivery: unknownId });
export const aCourier = state('an available courier', { courier });
export const noCourier = state('no such courier', { courier: unknownId });
export const anAccount = state('the account of Ada', { consumer: 7 });
export const noAccount = state('no such account', { consumer: unknownId });
export const anAuthorization = state('an authorised order', { order: 17, consumer: 7 });
export const aHistory = state('a consumer with an approved order', ofOrder);
export const noHistory = state('a consumer without orders', { consumer: unknownId });

/** The principal of a person. */
export const ownerOf = (person: number): string => `https://login.example|${person}`;

/** A consumer created, while security is on, by the person who owns it. */
export const ofPerson = {
  given: 'a consumer of a person',
  ids: { consumer: 7, person: 5 },
  about: (ids: { consumer: number }) => ids.consumer,
  payload: (ids: { person: number }) => ({ name: withheldName, owner: ownerOf(ids.person) }),
};
