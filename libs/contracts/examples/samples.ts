import type { JsonObject } from './json.js';

/** ftgo.common.v1.Money in ProtoJSON. */
export const usd = (minorUnits: number): JsonObject => ({ currencyCode: 'USD', minorUnits: String(minorUnits) });

/** An id that does not exist. */
export const unknownId = 999_999;

/** Above 2^31: no test may take ids for 32-bit numbers. */
export const courier = 9_000_000_001;

export const ada: JsonObject = { firstName: 'Ada', lastName: 'Lovelace' };

export const ajantasAddress: JsonObject = { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94611' };
export const adasAddress: JsonObject = { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' };

/** Events are kept forever, so they do not contain personal data. */
export const withheldName: JsonObject = { firstName: 'withheld', lastName: 'withheld' };
export const withheldAddress: JsonObject = { street1: 'withheld', city: 'withheld', state: 'withheld', zip: 'withheld' };

/** The menu of the book's restaurant, as in REST. */
export const menu: JsonObject = {
  menuItems: [
    { id: '1', name: 'Chicken Vindaloo', price: '12.34' },
    { id: '2', name: 'Naan', price: '2.50' },
  ],
};

/** The same in ProtoJSON. */
export const menuMessage: JsonObject = {
  menuItems: [
    { id: '1', name: 'Chicken Vindaloo', price: usd(1234) },
    { id: '2', name: 'Naan', price: usd(250) },
  ],
};

/** Five vindaloos: 61.70. */
export const fiveVindaloos: JsonObject = { menuItemId: '1', quantity: 5 };
export const ticketLine: JsonObject = { ...fiveVindaloos, name: 'Chicken Vindaloo' };
export const orderLine: JsonObject = { ...ticketLine, price: usd(1234) };
/** With a naan the total is 64.20. */
export const aNaan: JsonObject = { menuItemId: '2', quantity: 1 };
export const naanTicketLine: JsonObject = { ...aNaan, name: 'Naan' };
export const naanOrderLine: JsonObject = { ...naanTicketLine, price: usd(250) };

/** The requested delivery time; examples use times in the past, which a delivery time may be. */
export const deliveryTime = '2026-11-21T19:30:00Z';
/** The time promised by the kitchen must not be in the past. */
export const readyBy = '2099-11-21T19:00:00Z';

/** The book's client omits the zone, and street2. */
export const newOrder = ({ consumer, restaurant }: { consumer: number; restaurant: number }): JsonObject => ({
  consumerId: consumer,
  restaurantId: restaurant,
  deliveryTime: '2026-11-21T19:30:00',
  deliveryAddress: adasAddress,
  lineItems: [fiveVindaloos],
});

export const newRestaurant: JsonObject = { name: 'Ajanta', address: ajantasAddress, menu };
