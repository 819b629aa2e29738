import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import type { Menu } from '../src/order/menu.js';

export const ajantaId = restaurantId(1);
export const vindaloo = '1';
export const naan = '2';

/** The restaurant of the book, with chicken vindaloo at 12.34 and naan bread. */
export const ajanta = ({ orderMinimum = '0.00' } = {}): Menu => ({
  restaurantId: ajantaId,
  restaurantName: 'Ajanta',
  restaurantSequence: 1,
  orderMinimum: Money.of(orderMinimum),
  items: [
    { id: vindaloo, name: 'Chicken Vindaloo', price: Money.of('12.34') },
    { id: naan, name: 'Naan', price: Money.of('2.50') },
  ],
});
