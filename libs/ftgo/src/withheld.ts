import type { Address, PersonName } from './address.js';

const address = (word: string): Address => ({ street1: word, city: word, state: word, zip: word });

/** Stands in events, which are kept forever, for the address of a consumer: order-service returns it (ADR 67). */
export const withheldAddress = address('withheld');
/** Stands in events for the name of a consumer: consumer-service returns it. */
export const withheldName: PersonName = { firstName: 'withheld', lastName: 'withheld' };

/** Replaces the address in the orders of a consumer whose personal data was erased. */
export const erasedAddress = address('erased');
/** Replaces the name of a consumer whose personal data was erased. */
export const erasedName: PersonName = { firstName: 'erased', lastName: 'erased' };
