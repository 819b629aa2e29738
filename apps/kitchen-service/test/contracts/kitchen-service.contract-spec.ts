import type { Ids } from '@ftgo/contracts/examples';
import { KitchenServiceApi, TicketMessage } from '@ftgo/contracts/kitchen';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import { fromProtobuf, ServiceUnderContract, verifyProvider, verifySubscriber } from '@ftgo/testing/contracts';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { AppModule, service } from '../../src/app.module.js';
import { migrations } from '../../src/migrations/migrations.js';
import { ticketJson } from '../../src/ticket/ticket.http.dto.js';
import type { TicketView } from '../../src/ticket/ticket.queries.js';

describe.each([jsonContentType, protobufContentType] as const)('kitchen-service, for its consumers, sending %s,', (sends) => {
  const kitchen = new ServiceUnderContract({
    name: service,
    api: KitchenServiceApi,
    migrations,
    sends,
    module: (config, broker) => AppModule.forRoot({ ...config, commandDeferralMs: 200 }, broker),
  });
  beforeAll(() => kitchen.start());
  afterAll(() => kitchen.close());

  const aRestaurant = async () => {
    const restaurant = kitchen.freshId();
    await kitchen.hears('RestaurantCreated', { restaurant });
    return { restaurant, sequence: 1 };
  };
  /** The order of events in a ticket's life; the ticket, its order and its delivery share one id. */
  const created = async ({ order = kitchen.freshId() }: Partial<Ids>) => {
    const ids = { ...(await aRestaurant()), order, ticket: order };
    await kitchen.obeys('CreateTicket', ids);
    return ids;
  };
  const after =
    (before: typeof created, act: (ids: Ids) => Promise<unknown>): typeof created =>
    async (given) => {
      const ids = await before(given);
      await act(ids);
      return ids;
    };
  const confirmed = after(created, (ids) => kitchen.obeys('ConfirmCreateTicket', ids));
  const accepted = after(confirmed, ({ ticket }) => kitchen.post(`/tickets/${ticket}/accept`, { readyBy: '2099-11-21T19:00:00' }));
  const preparing = after(accepted, ({ ticket }) => kitchen.post(`/tickets/${ticket}/preparing`));
  const ready = after(preparing, ({ ticket }) => kitchen.post(`/tickets/${ticket}/ready`));
  const pickedUp = after(ready, ({ ticket }) => kitchen.post(`/tickets/${ticket}/picked-up`));
  const cancelling = after(accepted, (ids) => kitchen.obeys('BeginCancelTicket', ids));
  const revising = after(accepted, (ids) => kitchen.obeys('BeginReviseTicket', ids));

  verifyProvider(kitchen, {
    given: {
      nothing: async () => {},
      'the restaurant Ajanta': aRestaurant,
      'a restaurant that Kitchen knows': aRestaurant,
      'a restaurant that Kitchen knows, without vindaloo': async () => {
        const ids = await aRestaurant();
        await kitchen.database.query("UPDATE restaurants SET menu_items = '[]' WHERE id = $1", [ids.restaurant]);
        return ids;
      },
      'no such restaurant': async () => {},
      'a ticket that was created': created,
      'a ticket that awaits acceptance': confirmed,
      'a restaurant with one ticket, which awaits acceptance': confirmed,
      'a ticket that was accepted': accepted,
      'a ticket that is being prepared': preparing,
      'a ticket that is ready for pick-up': ready,
      'a ticket that is being cancelled': cancelling,
      'a ticket that is being revised': revising,
      'no such ticket': async () => {},
      TicketCreated: confirmed,
      TicketAccepted: accepted,
      TicketPreparationStarted: preparing,
      TicketPreparationCompleted: ready,
      TicketPickedUp: pickedUp,
      TicketCancelled: after(cancelling, (ids) => kitchen.obeys('ConfirmCancelTicket', ids)),
      TicketRevised: after(revising, (ids) => kitchen.obeys('ConfirmReviseTicket', ids)),
    },
    protobuf: { '/tickets/': fromProtobuf(TicketMessage, (ticket) => ticketJson(ticket as TicketView)) },
    notCalled: ['BatchGetTickets'],
  });

  const isKnown = {
    after: async ({ restaurant }: Ids) =>
      expect(await kitchen.get(`/restaurants/${restaurant}`)).toMatchObject({
        restaurantId: restaurant,
        name: 'Ajanta',
        menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }, { id: '2' }] },
      }),
  };
  verifySubscriber(kitchen, {
    RestaurantCreated: isKnown,
    RestaurantRevised: isKnown,
    RestaurantMenuRevised: isKnown,
    DeliveryPickedUp: {
      before: async (ids) => {
        await ready(ids);
      },
      after: async ({ order }) => expect(await kitchen.get(`/tickets/${order}`)).toMatchObject({ state: 'PICKED_UP' }),
    },
  });
});
