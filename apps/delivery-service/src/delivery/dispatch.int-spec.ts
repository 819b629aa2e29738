import type { CourierId, DeliveryId } from '@ftgo/ftgo';
import { IllegalTransition } from '@ftgo/kernel';
import { eventually } from '@ftgo/testing';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { order } from '../../test/delivery.mother.js';
import { type DeliveryInDatabase, startDeliveryInDatabase } from '../../test/delivery-in-database.js';

describe('giving deliveries to couriers', () => {
  let delivery: DeliveryInDatabase;

  beforeAll(async () => {
    delivery = await startDeliveryInDatabase();
    await delivery.restaurantTold(order.restaurantId);
  });
  afterEach(() => delivery.endTheDay());
  afterAll(() => delivery.close());

  /** A delivery that only needs a courier. */
  const schedulable = async (): Promise<DeliveryId> => {
    const id = delivery.nextDelivery();
    await delivery.orderCreated(id);
    await delivery.ticketAccepted(id);
    return id;
  };
  const courierOf = async (id: DeliveryId) => (await delivery.queries.get(id)).assignedCourierId;

  it('chooses who has the least to do, and of these the one with the smallest id', async () => {
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

  it('keeps a delivery for which nobody is free until someone is', async () => {
    const [early, late] = [await schedulable(), await schedulable()];
    expect([await delivery.stateOf(early), await delivery.stateOf(late)]).toEqual(['PENDING', 'PENDING']);
    const courier = await delivery.newCourier();
    expect([await courierOf(early), await courierOf(late)]).toEqual([courier, courier]);
    expect(await delivery.planOf(courier)).toEqual([`PICKUP ${early}`, `DROPOFF ${early}`, `PICKUP ${late}`, `DROPOFF ${late}`]);
  });

  describe('when a courier becomes unavailable', () => {
    const goesHome = (courier: CourierId) => delivery.couriers.noteAvailability(courier, false);
    const comesBack = (courier: CourierId) => delivery.couriers.noteAvailability(courier, true);
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

    it('gives what is not picked up to the next one, at once, and leaves what is', async () => {
      const anna = await delivery.newCourier();
      const [carried, waiting] = [await ready(), await ready()];
      await delivery.service.notePickup(carried);
      const boris = await delivery.newCourier();
      await goesHome(anna);
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

    it('lets it wait while nobody else is free, and gives it to whoever comes first', async () => {
      const anna = await delivery.newCourier();
      const id = await ready();
      await goesHome(anna);
      expect(await delivery.queries.get(id)).toEqual({ deliveryId: id, state: 'PENDING', courierActions: [] });
      expect(await delivery.planOf(anna)).toEqual([]);
      expect(await published(id)).toEqual(['1 DeliveryScheduled', '2 DeliveryUnscheduled']);
      await expect(delivery.service.notePickup(id)).rejects.toThrow(IllegalTransition);
      const boris = await delivery.newCourier();
      expect(await courierOf(id)).toBe(boris);
      expect(await published(id)).toEqual(['1 DeliveryScheduled', '2 DeliveryUnscheduled', '3 DeliveryScheduled']);
    });

    it('shares it among the others, and changes nothing when it is said again', async () => {
      const anna = await delivery.newCourier();
      const ids = [await schedulable(), await schedulable(), await schedulable(), await schedulable()];
      const others = [await delivery.newCourier(), await delivery.newCourier()];
      for (let time = 1; time <= 2; time++) await goesHome(anna);
      expect(await Promise.all(ids.map(courierOf))).toEqual([...others, ...others]);
      for (const id of ids) expect(await published(id)).toHaveLength(2);
    });

    it('gives it back to the same one who is available again', async () => {
      const anna = await delivery.newCourier();
      const id = await schedulable();
      await goesHome(anna);
      await comesBack(anna);
      expect([await courierOf(id), await delivery.planOf(anna)]).toEqual([anna, [`PICKUP ${id}`, `DROPOFF ${id}`]]);
    });

    it('gives nothing new to that courier', async () => {
      const anna = await delivery.newCourier();
      await goesHome(anna);
      expect(await courierOf(await schedulable())).toBeUndefined();
    });

    it('takes away all of a long plan, some at a time', async () => {
      const anna = await delivery.newCourier();
      const ids = Array.from({ length: 220 }, () => delivery.nextDelivery());
      await delivery.transactions.run(async () => {
        for (const id of ids) {
          await delivery.orderCreated(id);
          await delivery.ticketAccepted(id);
        }
      });
      await eventually(async () => expect(await delivery.planOf(anna)).toHaveLength(440));
      await goesHome(anna);
      const states = new Set((await delivery.queries.findAll(ids)).map(({ state }) => state));
      expect([[...states], await delivery.planOf(anna)]).toEqual([['PENDING'], []]);
    });

    it('goes on at the next start when the process ends in the middle', async () => {
      const anna = await delivery.newCourier();
      const id = await schedulable();
      await delivery.database.query('UPDATE couriers SET available = false WHERE id = $1', [anna]);
      await delivery.dispatch.onApplicationBootstrap();
      expect([await delivery.stateOf(id), await delivery.planOf(anna)]).toEqual(['PENDING', []]);
    });

    it('has either the pick-up or the loss when both come at once, never half of each', async () => {
      for (let time = 1; time <= 10; time++) {
        const [anna, boris] = [await delivery.newCourier(), await delivery.newCourier()];
        const ids = [await ready(), await ready(), await ready(), await ready()];
        await Promise.allSettled([
          ...ids.map((id) => delivery.service.notePickup(id)),
          ...[anna, boris].map(goesHome),
          ...ids.slice(0, 1).map((id) => delivery.service.callOff(id)),
          comesBack(anna),
        ]);
        for (const id of ids) {
          const { state, assignedCourierId, courierActions } = await delivery.queries.get(id);
          const plans = (await Promise.all([anna, boris].map(delivery.planOf))).flat().filter((action) => action.endsWith(` ${id}`));
          expect(plans).toHaveLength({ SCHEDULED: 2, PICKED_UP: 1 }[state as string] ?? 0);
          expect([courierActions.length, assignedCourierId !== undefined]).toEqual([plans.length, plans.length > 0]);
        }
        await delivery.endTheDay();
      }
    });
  });

  it('frees the plan of a courier whose delivery is cancelled, once', async () => {
    const courier = await delivery.newCourier();
    const [cancelled, kept] = [await schedulable(), await schedulable()];
    await delivery.service.callOff(cancelled);
    await delivery.service.callOff(cancelled);
    expect(await delivery.queries.get(cancelled)).toMatchObject({ state: 'CANCELLED', assignedCourierId: undefined, courierActions: [] });
    expect(await delivery.planOf(courier)).toEqual([`PICKUP ${kept}`, `DROPOFF ${kept}`]);
    const published = await delivery.database.query('SELECT type FROM outbox WHERE subject = $1 ORDER BY position', [String(cancelled)]);
    expect(published.map(({ type }) => type)).toEqual(['ftgo.delivery.v1.DeliveryScheduled', 'ftgo.delivery.v1.DeliveryCancelled']);
  });

  it('waits to hear where the restaurant is', async () => {
    const courier = await delivery.newCourier();
    const [id, restaurant] = [delivery.nextDelivery(), delivery.newRestaurant()];
    await delivery.orderCreated(id, restaurant);
    await delivery.ticketAccepted(id);
    expect(await delivery.stateOf(id)).toBe('PENDING');
    await delivery.restaurantTold(restaurant, 3);
    expect(await courierOf(id)).toBe(courier);
  });

  it('schedules all that have waited when a courier comes after a long time without', async () => {
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

  it('schedules all that have waited to hear where the restaurant is', async () => {
    await delivery.newCourier();
    const restaurant = delivery.newRestaurant();
    const ids = Array.from({ length: 220 }, () => delivery.nextDelivery());
    await delivery.transactions.run(async () => {
      for (const id of ids) {
        await delivery.orderCreated(id, restaurant);
        await delivery.ticketAccepted(id);
      }
    });
    await delivery.restaurantTold(restaurant);
    await eventually(async () => {
      const states = new Set((await delivery.queries.findAll(ids)).map(({ state }) => state));
      expect([...states]).toEqual(['SCHEDULED']);
    });
  });

  it('goes on at its start with what a process left behind that ended in the middle', async () => {
    const id = await schedulable();
    await delivery.database.query("INSERT INTO couriers (id, available, plan) VALUES (9999999999, true, '[]')");
    await delivery.dispatch.onApplicationBootstrap();
    expect(await courierOf(id)).toBe(9_999_999_999);
  });

  describe('while everything happens at once', () => {
    it('lets batches of two topics about the same orders pass each other, in whatever order they lock', async () => {
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

    it('never misses a delivery that is becoming schedulable when a courier becomes available', async () => {
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

    it('shares deliveries evenly', async () => {
      const couriers = [await delivery.newCourier(), await delivery.newCourier(), await delivery.newCourier()];
      await Promise.all(Array.from({ length: 9 }, () => schedulable()));
      const plans = await Promise.all(couriers.map((id) => delivery.planOf(id)));
      expect(plans.map(({ length }) => length)).toEqual([6, 6, 6]);
    });
  });

  /** The topics that tell of one order: the events of each come in their order, those of different ones in any. */
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
  ] as const)('ends %s, whatever order the events of its topics arrive in', async (_, published, state) => {
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
          restaurant: () => delivery.restaurantTold(restaurant),
          courier: async () => {
            const courier = await delivery.newCourier();
            plan = () => delivery.planOf(courier);
          },
        };
        for (const event of events) await happens[event]?.();
        expect(await delivery.stateOf(id)).toBe(state);
        expect((await plan()).filter((action) => action.endsWith(` ${id}`))).toHaveLength(state === 'SCHEDULED' ? 2 : 0);
        await delivery.endTheDay();
      }),
      { numRuns: 20 },
    );
  });
});

/** Any order of what several topics bring, each in its own order. */
function interleaving(topics: ReadonlyArray<readonly string[]>): fc.Arbitrary<string[]> {
  const turns = topics.flatMap((events, topic) => events.map(() => topic));
  return fc.shuffledSubarray(turns, { minLength: turns.length, maxLength: turns.length }).map((order) => {
    const next = topics.map((events) => events.values());
    return order.map((topic) => next[topic]?.next().value ?? '');
  });
}
