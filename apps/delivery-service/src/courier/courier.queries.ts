import type { Address, CourierId, DeliveryId } from '@ftgo/ftgo';
import { Access, Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { CourierNotFound } from './courier.errors.js';
import type { CourierActionType } from './courier.js';

/** An action in a courier's plan, with its place and time. */
export interface CourierActionView {
  readonly type: CourierActionType;
  readonly deliveryId: DeliveryId;
  readonly address: Address;
  readonly time?: Date | undefined;
}

export interface CourierView {
  readonly courierId: CourierId;
  readonly available: boolean;
  readonly plan: readonly CourierActionView[];
}

/** The columns of a delivery that its actions are made from. */
export interface Way {
  readonly deliveryId: DeliveryId;
  readonly pickupAddress: Address;
  readonly readyBy: Date | null;
  readonly deliveryAddress: Address;
  readonly deliveryTime: Date;
}

export function actionOn({ deliveryId, pickupAddress, readyBy, deliveryAddress, deliveryTime }: Way, type: CourierActionType) {
  const [address, time] = type === 'PICKUP' ? [pickupAddress, readyBy ?? undefined] : [deliveryAddress, deliveryTime];
  return { type, deliveryId, address, time } satisfies CourierActionView;
}

interface PlannedRow extends Way {
  readonly available: boolean;
  /** Null in the single row of a courier with an empty plan. */
  readonly type: CourierActionType | null;
}

@Injectable()
export class CourierQueries {
  constructor(
    private readonly database: Database,
    private readonly access: Access,
  ) {}

  async get(id: CourierId): Promise<CourierView> {
    this.access.demand({ courier: id }, () => new CourierNotFound(id));
    const rows = await this.database.query<PlannedRow>(
      `SELECT c.available, action->>'type' AS type, d.id AS "deliveryId", d.pickup_address AS "pickupAddress", d.ready_by AS "readyBy",
         d.delivery_address AS "deliveryAddress", d.delivery_time AS "deliveryTime"
       FROM couriers c
       LEFT JOIN LATERAL jsonb_array_elements(c.plan) WITH ORDINALITY AS planned (action, position) ON true
       LEFT JOIN deliveries d ON d.id = (action->>'deliveryId')::bigint
       WHERE c.id = $1 ORDER BY position`,
      [id],
    );
    const [first] = rows;
    if (!first) throw new CourierNotFound(id);
    const plan = rows.flatMap((row) => (row.type === null ? [] : actionOn(row, row.type)));
    return { courierId: id, available: first.available, plan };
  }
}
