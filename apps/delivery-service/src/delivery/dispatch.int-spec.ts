import type { CourierId, DeliveryId } from '@ftgo/ftgo';
import { IllegalTransition } from '@ftgo/kernel';
import { eventually } from '@ftgo/testing';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { order } from '../../test/delivery.mother.js';
import { type DeliveryInDatabase, startDeliveryInDatabase } from '../../test/delivery-in-database.js';

describe('assigning deliveries to couriers', () => {
  let delivery: DeliveryInDatabase;

  beforeAll(async () => {
    delivery = await startDeliveryInDatabase();
    await delivery.restaurantRevised(order.restaurantId);
  });
  afterEach(() => delivery.reset());
  afterAll(() => delivery?.close());

  /** A delivery that needs only a courier. */
  const schedulable = async (): Promise<DeliveryId> => {
    const id = delivery.nextDelivery();
    await delivery.orderCreated(id);
    await delivery.ticketAccepted(id);
    return id;
  };
  const courierOf = async (id: DeliveryId) => (await delivery.queries.get(id)).assignedCourierId;

  it('chooses the courier with the fewest open actions, then the smallest id', async () => {
    const [anna, boris] = [await delivery.newCourier(), await delivery.newCourier()];
    const [first, second, third] = [await schedulable(), await schedulable(), await schedulable()];
    expect([await courierOf(first), await courierOf(second), await courierOf(third)]).toEqual([anna, boris, anna]);
    await delivery.service.noteTicket(first, 'READY_FOR_PICKUP');
    await delivery.service.noteTicket(third, 'READY_FOR_PICKUP');
    for (const id of [first, third]) await delivery.service.notePickup(id);
    await delivery.service.noteDropoff(first);
    expect(await delivery.planOf(anna)).toEqual([`DROPOFF ${third}`]);
    expect(await courierOf(await schedulable())).toBe(anna);
  });

  it('keeps a delivery until a courier is available', async () => {
    const [early, late] = [await schedulable(), await schedulable()];
    expect([await delivery.stateOf(early), await delivery.stateOf(late)]).toEqual(['PENDING', 'PENDING']);
    const courier = await delivery.newCourier();
    expect([await courierOf(early), await courierOf(late)]).toEqual([courier, courier]);
    expect(await delivery.planOf(courier)).toEqual([`PICKUP ${early}`, `DROPOFF ${early}`, `PICKUP ${late}`, `DROPOFF ${late}`]);
  });

  describe('when a courier becomes unavailable', () => {
    const makeUnavailable = (courier: CourierId) => delivery.couriers.noteAvailability(courier, false);
    const makeAvailable = (courier: CourierId) => delivery.couriers.noteAvailability(courier, true);
    const ready = async () => {
      const id = await schedulable();
      await delivery.service.noteTicket(id, 'READY_FOR_PICKUP');
      return id;
    };
    const published = async (id: DeliveryId) => {
      const rows = await delivery.database.query<{ type: string; sequence: string }>(
        'SELECT type, sequence FROM outbox WHERE subject = $1 ORDER BY position',
        [String(id)],
      );
      return rows.map(({ type, sequence }) => `${Number(sequence)} ${type.slice(type.lastIndexOf('.') + 1)}`);
    };

    it('reassigns at once the deliveries that have not been picked up, and keeps the rest', async () => {
      const anna = await delivery.newCourier();
      const [carried, waiting] = [await ready(), await ready()];
      await delivery.service.notePickup(carried);
      const boris = await delivery.newCourier();
      await makeUnavailable(anna);
      expect([await courierOf(carried), await courierOf(waiting)]).toEqual([anna, boris]);
      expect([await delivery.planOf(anna), await delivery.planOf(boris)]).toEqual([
        [`DROPOFF ${carried}`],
        [`PICKUP ${waiting}`, `DROPOFF ${waiting}`],
      ]);
      expect(await published(waiting)).toEqual(['1 DeliveryScheduled', '2 DeliveryScheduled']);
      await delivery.service.noteDropoff(carried);
      await delivery.service.notePickup(waiting);
      expect([await delivery.stateOf(carried), await delivery.stateOf(waiting)]).toEqual(['DELIVERED', 'PICKED_UP']);
    });

    it('keeps the deliveries waiting for the first courier who becomes available', async () => {
      const anna = await delivery.newCourier();
      const id = await ready();
      await makeUnavailable(anna);
      expect(await delivery.queries.get(id)).toEqual({ deliveryId: id, state: 'PENDING', courierActions: [] });
      expect(await delivery.planOf(anna)).toEqual([]);
      expect(await published(id)).toEqual(['1 DeliveryScheduled', '2 DeliveryUnscheduled']);
      await expect(delivery.service.notePickup(id)).rejects.toThrow(IllegalTransition);
      const boris = await delivery.newCourier();
      expect(await courierOf(id)).toBe(boris);
      expect(await published(id)).toEqual(['1 DeliveryScheduled', '2 DeliveryUnscheduled', '3 DeliveryScheduled']);
    });

    it('spreads the deliveries over the others, and ignores a duplicate', async () => {
      const anna = await delivery.newCourier();
      const ids = [await schedulable(), await schedulable(), await schedulable(), await schedulable()];
      const others = [await delivery.newCourier(), await delivery.newCourier()];
      for (let time = 1; time <= 2; time++) await makeUnavailable(anna);
      expect(await Promise.all(ids.map(courierOf))).toEqual([...others, ...others]);
      for (const id of ids) expect(await published(id)).toHaveLength(2);
    });

    it('reassigns the deliveries to the same courier once available again', async () => {
      const anna = await delivery.newCourier();
      const id = await schedulable();
      await makeUnavailable(anna);
      await makeAvailable(anna);
      expect([await courierOf(id), await delivery.planOf(anna)]).toEqual([anna, [`PICKUP ${id}`, `DROPOFF ${id}`]]);
    });

    it('assigns nothing new to that courier', async () => {
      const anna = await delivery.newCourier();
      await makeUnavailable(anna);
      expect(await courierOf(await schedulable())).toBeUndefined();
    });

    it('reassigns a long plan in several transactions', async () => {
      const anna = await delivery.newCourier();
      const ids = Array.from({ length: 220 }, () => delivery.nextDelivery());
      await delivery.transactions.run(async () => {
        for (const id of ids) {
          await delivery.orderCreated(id);
          await delivery.ticketAccepted(id);
        }
      });
      await eventually(async () => expect(await delivery.planOf(anna)).toHaveLength(440));
      await makeUnavailable(anna);
      const states = new Set((await delivery.queries.findAll(ids)).map(({ state }) => state));
      expect([[...states], await delivery.planOf(anna)]).toEqual([['PENDING'], []]);
    });

    it('continues at the next start when the process ends halfway', async () => {
      const anna = await delivery.newCourier();
      const id = await schedulable();
      await delivery.database.query('UPDATE couriers SET available = false WHERE id = $1', [anna]);
      await delivery.dispatch.onApplicationBootstrap();
      expect([await delivery.stateOf(id), await delivery.planOf(anna)]).toEqual(['PENDING', []]);
    });

    it('keeps plans and deliveries consistent when pick-ups and unavailability arrive concurrently', async () => {
      for (let time = 1; time <= 10; time++) {
        const [anna, boris] = [await delivery.newCourier(), await delivery.newCourier()];
        const ids = [await ready(), await ready(), await ready(), await ready()];
        await Promise.allSettled([
          ...ids.map((id) => delivery.service.notePickup(id)),
          ...[anna, boris].map(makeUnavailable),
          ...ids.slice(0, 1).map((id) => delivery.service.callOff(id)),
          makeAvailable(anna),
        ]);
        for (const id of ids) {
          const { state, assignedCourierId, courierActions } = await delivery.queries.get(id);
          const plans = (await Promise.all([anna, boris].map(delivery.planOf))).flat().filter((action) => action.endsWith(` ${id}`));
          expect(plans).toHaveLength({ SCHEDULED: 2, PICKED_UP: 1 }[state as string] ?? 0);
          expect([courierActions.length, assignedCourierId !== undefined]).toEqual([plans.length, plans.length > 0]);
        }
        await delivery.reset();
      }
    });
  });

  it("removes a cancelled delivery from its courier's plan once", async () => {
    const courier = await delivery.newCourier();
    const [cancelled, kept] = [await schedulable(), await schedulable()];
    await delivery.service.callOff(cancelled);
    await delivery.service.callOff(cancelled);
    expect(await delivery.queries.get(cancelled)).toMatchObject({ state: 'CANCELLED', assignedCourierId: undefined, courierActions: [] });
    expect(await delivery.planOf(courier)).toEqual([`PICKUP ${kept}`, `DROPOFF ${kept}`]);
    const published = await delivery.database.query('SELECT type FROM outbox WHERE subject = $1 ORDER BY position', [String(cancelled)]);
    expect(published.map(({ type }) => type)).toEqual(['ftgo.delivery.v1.DeliveryScheduled', 'ftgo.delivery.v1.DeliveryCancelled']);
  });

  it("waits until the restaurant's address is known", async () => {
    const courier = await delivery.newCourier();
    const [id, restaurant] = [delivery.nextDelivery(), delivery.newRestaurant()];
    await delivery.orderCreated(id, restaurant);
    await delivery.ticketAccepted(id);
    expect(await delivery.stateOf(id)).toBe('PENDING');
    await delivery.restaurantRevised(restaurant, 3);
    expect(await courierOf(id)).toBe(courier);
  });

  it('schedules a long backlog when a courier becomes available', async () => {
    const ids = Array.from({ length: 120 }, () => delivery.nextDelivery());
    await delivery.transactions.run(async () => {
      for (const id of ids) {
        await delivery.orderCreated(id);
        await delivery.ticketAccepted(id);
      }
    });
    await delivery.newCourier();
    const states = new Set((await delivery.queries.findAll(ids)).map(({ state }) => state));
    expect([...states]).toEqual(['SCHEDULED']);
  });

  it("schedules all deliveries that waited for the restaurant's address", async () => {
    await delivery.newCourier();
    const restaurant = delivery.newRestaurant();
    const ids = Array.from({ length: 220 }, () => delivery.nextDelivery());
    await delivery.transactions.run(async () => {
      for (const id of ids) {
        await delivery.orderCreated(id, restaurant);
        await delivery.ticketAccepted(id);
      }
    });
    await delivery.restaurantRevised(restaurant);
    await eventually(async () => {
      const states = new Set((await delivery.queries.findAll(ids)).map(({ state }) => state));
      expect([...states]).toEqual(['SCHEDULED']);
    });
  });

  it('schedules on startup the deliveries that a killed process left unscheduled', async () => {
    const id = await schedulable();
    await delivery.database.query("INSERT INTO couriers (id, available, plan) VALUES (9999999999, true, '[]')");
    await delivery.dispatch.onApplicationBootstrap();
    expect(await courierOf(id)).toBe(9_999_999_999);
  });

  describe('with concurrent events', () => {
    it('processes batches of two topics about the same orders without a deadlock', async () => {
      const courier = await delivery.newCourier();
      const ids = Array.from({ length: 12 }, () => delivery.nextDelivery());
      const batch = (work: (id: DeliveryId) => Promise<void>, of: readonly DeliveryId[]) =>
        delivery.transactions.run(async () => {
          for (const id of of) await work(id);
        });
      await Promise.all([
        batch((id) => delivery.orderCreated(id), ids),
        batch((id) => delivery.ticketAccepted(id), ids.toReversed()),
        batch((id) => delivery.service.noteTicket(id, 'READY_FOR_PICKUP'), ids),
        batch((id) => delivery.service.callOff(id), ids.slice(0, 6).toReversed()),
      ]);
      const states = (await delivery.queries.findAll(ids)).map(({ state }) => state);
      expect(states).toEqual(ids.map((_, n) => (n < 6 ? 'CANCELLED' : 'SCHEDULED')));
      expect((await delivery.planOf(courier)).toSorted()).toEqual(
        ids
          .slice(6)
          .flatMap((id) => [`DROPOFF ${id}`, `PICKUP ${id}`])
          .toSorted(),
      );
    });

    it('never misses a delivery that becomes schedulable while a courier becomes available', async () => {
      const id = delivery.nextDelivery();
      await delivery.orderCreated(id);
      const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
      const { promise: isAccepted, resolve: accepted } = Promise.withResolvers<void>();
      const batch = delivery.transactions.run(async () => {
        await delivery.ticketAccepted(id);
        accepted();
        await mayCommit;
      });
      await isAccepted;
      const courier = delivery.newCourier();
      const waits = eventually(async () =>
        expect(
          await delivery.database.query(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'",
          ),
        ).toHaveLength(1),
      );
      await Promise.race([courier, waits]);
      commit();
      const [mary] = await Promise.all([courier, batch]);
      expect(await courierOf(id)).toBe(mary);
    });

    it('distributes deliveries evenly', async () => {
      const couriers = [await delivery.newCourier(), await delivery.newCourier(), await delivery.newCourier()];
      await Promise.all(Array.from({ length: 9 }, () => schedulable()));
      const plans = await Promise.all(couriers.map((id) => delivery.planOf(id)));
      expect(plans.map(({ length }) => length)).toEqual([6, 6, 6]);
    });
  });

  /** The topics with events about one order: each is ordered, but they interleave in any way. */
  const topics = {
    order: ['created'],
    cancelledOrder: ['created', 'called off'],
    kitchen: ['accepted', 'preparing', 'ready'],
    cancelledTicket: ['accepted', 'called off'],
    restaurant: ['restaurant'],
    people: ['courier'],
  } as const;

  it.each([
    ['scheduled', ['order', 'kitchen', 'restaurant', 'people'], 'SCHEDULED'],
    ['pending without a courier', ['order', 'kitchen', 'restaurant'], 'PENDING'],
    ['pending without an accepted ticket', ['order', 'restaurant', 'people'], 'PENDING'],
    ['cancelled', ['cancelledOrder', 'cancelledTicket', 'restaurant', 'people'], 'CANCELLED'],
  ] as const)('ends %s, however the events of its topics interleave', async (_, published, state) => {
    await fc.assert(
      fc.asyncProperty(interleaving(published.map((topic) => topics[topic])), async (events) => {
        const [id, restaurant] = [delivery.nextDelivery(), delivery.newRestaurant()];
        let plan: () => Promise<string[]> = async () => [];
        const happens: Record<string, () => Promise<unknown>> = {
          created: () => delivery.orderCreated(id, restaurant),
          accepted: () => delivery.ticketAccepted(id),
          preparing: () => delivery.service.noteTicket(id, 'PREPARING'),
          ready: () => delivery.service.noteTicket(id, 'READY_FOR_PICKUP'),
          'called off': () => delivery.service.callOff(id),
          restaurant: () => delivery.restaurantRevised(restaurant),
          courier: async () => {
            const courier = await delivery.newCourier();
            plan = () => delivery.planOf(courier);
          },
        };
        for (const event of events) await happens[event]?.();
        expect(await delivery.stateOf(id)).toBe(state);
        expect((await plan()).filter((action) => action.endsWith(` ${id}`))).toHaveLength(state === 'SCHEDULED' ? 2 : 0);
        await delivery.reset();
      }),
      { numRuns: 20 },
    );
  });
});

/** Any interleaving of several topics, each in its own order. */
function interleaving(topics: ReadonlyArray<readonly string[]>): fc.Arbitrary<string[]> {
  const turns = topics.flatMap((events, topic) => events.map(() => topic));
  return fc.shuffledSubarray(turns, { minLength: turns.length, maxLength: turns.length }).map((order) => {
    const next = topics.map((events) => events.values());
    return order.map((topic) => next[topic]?.next().value ?? '');
  });
}
