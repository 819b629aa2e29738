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
});
