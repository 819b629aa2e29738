import { RestaurantMessage, RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import { restaurantJson } from '@ftgo/rest/restaurant';
import { fromProtobuf, ServiceUnderContract, verifyProvider } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe } from 'vitest';
import { AppModule, service } from '../../src/app.module.js';
import { migrations } from '../../src/migrations/migrations.js';

const address = { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94611' };
const menu = {
  menuItems: [
    { id: '1', name: 'Chicken Vindaloo', price: '12.34' },
    { id: '2', name: 'Naan', price: '2.50' },
  ],
};
const ajanta = { name: 'Ajanta', address, orderMinimum: '10.00' };

describe.each([jsonContentType, protobufContentType] as const)('restaurant-service, for its consumers, sending %s,', (sends) => {
  const restaurants = new ServiceUnderContract({
    name: service,
    api: RestaurantServiceApi,
    migrations,
    sends,
    module: (config, broker) => AppModule.forRoot(config, broker),
  });
  beforeAll(() => restaurants.start());
  afterAll(() => restaurants.close());

  const aRestaurant = async (change: object = {}) => ({
    restaurant: (await restaurants.post('/restaurants', { ...ajanta, menu, ...change })).id as number,
  });
  const put = async (path: string, body: object) => {
    await restaurants.app.inject({ method: 'PUT', url: path, payload: body });
  };

  verifyProvider(restaurants, {
    given: {
      nothing: async () => {},
      'the restaurant Ajanta': () => aRestaurant(),
      'the restaurant Ajanta and no other': async () => {
        await restaurants.database.query('DELETE FROM restaurants');
        return aRestaurant();
      },
      'no such restaurant': async () => {},
      RestaurantCreated: () => aRestaurant(),
      RestaurantRevised: async () => {
        const { restaurant } = await aRestaurant({ name: 'Taj Mahal' });
        await put(`/restaurants/${restaurant}`, ajanta);
        return { restaurant };
      },
      RestaurantMenuRevised: async () => {
        const { restaurant } = await aRestaurant({ menu: { menuItems: menu.menuItems.slice(0, 1) } });
        await put(`/restaurants/${restaurant}/menu`, menu);
        return { restaurant };
      },
    },
    protobuf: { '/restaurants/': fromProtobuf(RestaurantMessage, restaurantJson) },
    notCalled: ['BatchGetRestaurants'],
  });
});
