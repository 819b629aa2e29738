import type { CourierId, DeliveryId } from '@ftgo/ftgo';
import { Access, batchOf, Database, maxBatch } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { CourierActionType } from '../courier/courier.js';
import { actionOn, type CourierActionView, type Way } from '../courier/courier.queries.js';
import { DeliveryNotFound } from './delivery.errors.js';
import type { DeliveryState } from './delivery-state.js';

export interface DeliveryView {
  readonly deliveryId: DeliveryId;
  readonly state: Exclude<DeliveryState, 'EXPECTED'>;
  readonly assignedCourierId?: CourierId | undefined;
  /** Open actions of the courier for this delivery. */
  readonly courierActions: readonly CourierActionView[];
  readonly scheduledAt?: Date | undefined;
  readonly pickedUpAt?: Date | undefined;
  readonly deliveredAt?: Date | undefined;
  readonly cancelledAt?: Date | undefined;
}

interface DeliveryRow extends Way {
  readonly state: DeliveryView['state'];
  readonly courierId: CourierId | null;
  readonly openActions: readonly CourierActionType[];
  readonly scheduledAt: Date | null;
  readonly pickedUpAt: Date | null;
  readonly deliveredAt: Date | null;
  readonly cancelledAt: Date | null;
}

@Injectable()
export class DeliveryQueries {
  constructor(
    private readonly database: Database,
    private readonly access: Access,
  ) {}

  async get(id: DeliveryId): Promise<DeliveryView> {
    const [delivery] = await this.findAll([id]);
    if (!delivery) throw new DeliveryNotFound(id);
    await this.access.demand({ courier: delivery.assignedCourierId }, () => new DeliveryNotFound(id));
    return delivery;
  }

  /** Those of the deliveries that exist and belong to the caller, sorted by id. */
  async findOwn(ids: readonly DeliveryId[]): Promise<DeliveryView[]> {
    const deliveries = batchOf(await this.findAll(ids, maxBatch + 1));
    return this.access.own(deliveries, ({ assignedCourierId }) => ({ courier: assignedCourierId }));
  }

  /** The deliveries that exist, sorted by id; without those whose order is not known yet. */
  async findAll(ids: readonly DeliveryId[], limit?: number): Promise<DeliveryView[]> {
    const rows = await this.database.query<DeliveryRow>(
      `SELECT d.id AS "deliveryId", d.state, d.courier_id AS "courierId", d.pickup_address AS "pickupAddress", d.ready_by AS "readyBy",
         d.delivery_time AS "deliveryTime", d.scheduled_at AS "scheduledAt",
         d.picked_up_at AS "pickedUpAt", d.delivered_at AS "deliveredAt", d.cancelled_at AS "cancelledAt",
         ARRAY(
           SELECT action->>'type' FROM couriers c, jsonb_array_elements(c.plan) WITH ORDINALITY AS planned (action, position)
           WHERE c.id = d.courier_id AND (action->>'deliveryId')::bigint = d.id ORDER BY position
         ) AS "openActions"
       FROM deliveries d WHERE d.id = ANY ($1::bigint[]) AND d.state <> 'EXPECTED' ORDER BY d.id LIMIT $2`,
      [ids, limit ?? null],
    );
    return rows.map(viewOf);
  }
}

function viewOf(row: DeliveryRow): DeliveryView {
  const { deliveryId, state } = row;
  return {
    deliveryId,
    state,
    assignedCourierId: row.courierId ?? undefined,
    courierActions: row.openActions.map((type) => actionOn(row, type)),
    scheduledAt: row.scheduledAt ?? undefined,
    pickedUpAt: row.pickedUpAt ?? undefined,
    deliveredAt: row.deliveredAt ?? undefined,
    cancelledAt: row.cancelledAt ?? undefined,
  };
}
