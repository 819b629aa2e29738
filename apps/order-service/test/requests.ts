/** What clients and Restaurant send, as text and JSON: these tests work at the protocol. */
export const vindaloo = { id: '1', name: 'Chicken Vindaloo', price: { currencyCode: 'USD', minorUnits: '1234' } };
export const naan = { id: '2', name: 'Naan', price: { currencyCode: 'USD', minorUnits: '250' } };

export const ajanta = {
  name: 'Ajanta',
  address: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94611' },
  menu: { menuItems: [vindaloo, naan] },
};

/** Five vindaloos for consumer 3: 61.70. */
export const aRequest = {
  consumerId: 3,
  restaurantId: 1,
  deliveryTime: '2026-11-30T19:30:00',
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  lineItems: [{ menuItemId: '1', quantity: 5 }],
};
