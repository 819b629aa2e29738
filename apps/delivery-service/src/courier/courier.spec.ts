import { deliveryId } from '@ftgo/ftgo';
import { describe, expect, it } from 'vitest';
import { mary } from '../../test/delivery.mother.js';
import { Courier } from './courier.js';

const [first, second] = [deliveryId(17), deliveryId(18)];

function courierWith(...deliveries: (typeof first)[]): Courier {
  const courier = Courier.create(mary);
  for (const delivery of deliveries) courier.assign(delivery);
  return courier;
}
const planOf = (courier: Courier) => courier.plan.map(({ type, deliveryId }) => `${type} ${deliveryId}`);

describe('a courier', () => {
  it('is unavailable and has an empty plan at first', () => {
    const courier = courierWith();
    expect([courier.available, courier.plan]).toEqual([false, []]);
    courier.noteAvailability(true);
    expect(courier.available).toBe(true);
  });

  it('picks up and drops off one delivery after the other', () => {
    expect(planOf(courierWith(first, second))).toEqual(['PICKUP 17', 'DROPOFF 17', 'PICKUP 18', 'DROPOFF 18']);
  });

  it('completes an action with each pick-up and drop-off', () => {
    const courier = courierWith(first, second);
    courier.notePickup(first);
    expect(planOf(courier)).toEqual(['DROPOFF 17', 'PICKUP 18', 'DROPOFF 18']);
    courier.notePickup(second);
    courier.noteDropoff(first);
    expect(planOf(courier)).toEqual(['DROPOFF 18']);
    courier.noteDropoff(second);
    expect(courier.plan).toEqual([]);
  });

  it('loses a delivery that is cancelled or reassigned, and keeps the others', () => {
    const courier = courierWith(first, second);
    courier.dropDelivery(first);
    expect(planOf(courier)).toEqual(['PICKUP 18', 'DROPOFF 18']);
  });

  it('lists the deliveries that are not picked up yet', () => {
    const courier = courierWith(first, second);
    courier.notePickup(first);
    expect(courier.notPickedUp).toEqual([second]);
  });

  describe('has assignments', () => {
    const openOf = (courier: Courier) => courier.unacknowledged.map(({ number, type, deliveryId: id }) => `${number} ${type} ${id}`);

    it('with numbers, until they are acknowledged', () => {
      const courier = courierWith(first, second);
      expect(openOf(courier)).toEqual(['1 ASSIGNED 17', '2 ASSIGNED 18']);
      courier.acknowledge(1);
      expect(openOf(courier)).toEqual(['2 ASSIGNED 18']);
      courier.acknowledge(2);
      courier.assign(first);
      expect([openOf(courier), courier.assignmentCount]).toEqual([['3 ASSIGNED 17'], 3]);
    });

    it('and a withdrawal in place of an assignment that was taken away', () => {
      const courier = courierWith(first, second);
      courier.dropDelivery(first);
      expect(openOf(courier)).toEqual(['2 ASSIGNED 18', '3 WITHDRAWN 17']);
    });

    it('that end when the courier has acted on them', () => {
      const courier = courierWith(first, second);
      courier.notePickup(first);
      courier.notePickup(second);
      courier.noteDropoff(second);
      expect([openOf(courier), courier.assignmentCount]).toEqual([[], 2]);
    });

    it('of which only the last hundred withdrawals are kept, if nothing is acknowledged', () => {
      const courier = courierWith(first);
      for (let id = 100; id < 250; id++) {
        courier.assign(deliveryId(id));
        courier.dropDelivery(deliveryId(id));
      }
      expect(openOf(courier)).toHaveLength(101);
      expect([openOf(courier)[0], openOf(courier).at(-1)]).toEqual(['1 ASSIGNED 17', '301 WITHDRAWN 249']);
    });
  });
});
