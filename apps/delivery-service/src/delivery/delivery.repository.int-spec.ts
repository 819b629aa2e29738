import { courierId, deliveryId, withheldAddress } from '@ftgo/ftgo';
import { NoTransaction } from '@ftgo/messaging';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ajantaAddress, DeliveryMother, deliveryTime, now, order, readyBy } from '../../test/delivery.mother.js';
import { type DeliveryInDatabase, startDeliveryInDatabase } from '../../test/delivery-in-database.js';
import { DeliveryNotFound } from './delivery.errors.js';
import { deliveryStates } from './delivery-state.js';

/** The largest courier id. */
const greatest = courierId(Number.MAX_SAFE_INTEGER);

describe('the delivery repository', () => {
  let delivery: DeliveryInDatabase;

  beforeAll(async () => {
    delivery = await startDeliveryInDatabase();
    await delivery.restaurantRevised(order.restaurantId);
  });
  afterAll(() => delivery?.close());

  it('restores what was stored, and publishes the events', async () => {
    const id = delivery.nextDelivery();
    await delivery.orderCreated(id);
    await delivery.ticketAccepted(id);
    await delivery.couriers.noteAvailability(greatest, true);
    expect(await delivery.queries.get(id)).toEqual({
      deliveryId: id,
      state: 'SCHEDULED',
      assignedCourierId: greatest,
      courierActions: [
        { type: 'PICKUP', deliveryId: id, address: ajantaAddress, time: readyBy },
        { type: 'DROPOFF', deliveryId: id, address: withheldAddress, time: deliveryTime },
      ],
      scheduledAt: expect.any(Date) as Date,
    });
    const [message] = await delivery.database.query('SELECT topic, type, source, sequence, payload FROM outbox WHERE subject = $1', [
      String(id),
    ]);
    expect(message).toMatchObject({
      topic: 'ftgo.delivery.events',
      type: 'ftgo.delivery.v1.DeliveryScheduled',
      source: `/delivery-service/deliveries/${id}`,
      sequence: '00000000000000000001',
    });
    expect(JSON.parse(String(message?.['payload']))).toEqual({
      courierId: String(greatest),
      pickupAddress: ajantaAddress,
      pickupTime: '2026-11-30T18:30:00Z',
      deliveryAddress: withheldAddress,
      deliveryTime: '2026-11-30T19:00:00Z',
    });
  });

  it('does not show a delivery before its order is known', async () => {
    const id = delivery.nextDelivery();
    await delivery.ticketAccepted(id);
    await expect(delivery.queries.get(id)).rejects.toThrow(DeliveryNotFound);
    await expect(delivery.service.notePickup(id)).rejects.toThrow(DeliveryNotFound);
    await expect(delivery.queries.get(deliveryId(Number.MAX_SAFE_INTEGER))).rejects.toThrow(DeliveryNotFound);
  });

  it('makes the second of two concurrent updates wait and see the result of the first', async () => {
    const id = delivery.nextDelivery();
    await delivery.orderCreated(id);
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
    const { promise: isLocked, resolve: locked } = Promise.withResolvers<void>();
    const { deliveries, transactions } = delivery;
    const first = transactions.run(async () => {
      const pending = await deliveries.getForUpdate(id);
      locked();
      await mayCommit;
      await deliveries.save(pending, pending.callOff(now));
    });
    await isLocked;
    const second = transactions.run(async () => (await deliveries.getForUpdate(id)).state);
    await eventually(async () => {
      const waiting = await delivery.database.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'`,
      );
      expect(waiting).toHaveLength(1);
    });
    commit();
    await first;
    expect(await second).toBe('CANCELLED');
  });

  it('rejects changes outside a transaction', async () => {
    await expect(delivery.deliveries.save(DeliveryMother.in('PENDING'), [])).rejects.toThrow(NoTransaction);
  });

  it('stores every state of a delivery', async () => {
    await delivery.database.query(
      `INSERT INTO deliveries (id, state, is_called_off, ticket_progress, restaurant_id, delivery_address, delivery_time, courier_id, version)
       SELECT 1000000 + n, state, false, 'UNKNOWN', 1, '{}', now(),
         CASE WHEN state IN ('SCHEDULED', 'PICKED_UP', 'DELIVERED') THEN 7 END, 0
       FROM unnest($1::text[]) WITH ORDINALITY AS s(state, n)`,
      [deliveryStates],
    );
    expect((await delivery.queries.findAll(deliveryStates.map((_, n) => deliveryId(1_000_001 + n)))).map(({ state }) => state)).toEqual(
      deliveryStates.filter((state) => state !== 'EXPECTED'),
    );
  });
});
