import { type Address, type CourierId, type DeliveryId, withheldAddress } from '@ftgo/ftgo';
import { Access, Database, type Versioned } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { CourierNotFound } from './courier.errors.js';
import type { Assignment, AssignmentType, CourierActionType } from './courier.js';

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

/** An assignment, with what the courier has to do. */
export interface AssignmentView extends Assignment {
  readonly actions: readonly CourierActionView[];
}

/** The columns of a delivery that its actions are made from; the order has the address of the consumer. */
export interface Way {
  readonly deliveryId: DeliveryId;
  readonly pickupAddress: Address;
  readonly readyBy: Date | null;
  readonly deliveryTime: Date;
}

export function actionOn({ deliveryId, pickupAddress, readyBy, deliveryTime }: Way, type: CourierActionType) {
  const [address, time] = type === 'PICKUP' ? [pickupAddress, readyBy ?? undefined] : [withheldAddress, deliveryTime];
  return { type, deliveryId, address, time } satisfies CourierActionView;
}

interface PlannedRow extends Way {
  readonly available: boolean;
  /** Null in the single row of a courier with an empty plan. */
  readonly type: CourierActionType | null;
}

interface AssignedRow extends Way {
  readonly count: number;
  /** Null in the single row of a courier who has acknowledged everything. */
  readonly number: number | null;
  readonly type: AssignmentType;
}

@Injectable()
export class CourierQueries {
  constructor(
    private readonly database: Database,
    private readonly access: Access,
  ) {}

  async get(id: CourierId): Promise<CourierView> {
    await this.access.demand({ courier: id }, () => new CourierNotFound(id));
    const rows = await this.database.query<PlannedRow>(
      `SELECT c.available, action->>'type' AS type, d.id AS "deliveryId", d.pickup_address AS "pickupAddress", d.ready_by AS "readyBy",
         d.delivery_time AS "deliveryTime"
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

  /** The assignments after a number that are not acknowledged, oldest first, and the number of the last assignment of all. */
  async assignments(id: CourierId, after: number): Promise<{ count: number; assignments: AssignmentView[] }> {
    const rows = await this.database.query<AssignedRow>(
      `SELECT c.assignment_count AS count, (assignment->>'number')::integer AS number, assignment->>'type' AS type,
         d.id AS "deliveryId", d.pickup_address AS "pickupAddress", d.ready_by AS "readyBy",
         d.delivery_time AS "deliveryTime"
       FROM couriers c
       LEFT JOIN LATERAL jsonb_array_elements(c.unacknowledged) AS assignment ON (assignment->>'number')::integer > $2
       LEFT JOIN deliveries d ON d.id = (assignment->>'deliveryId')::bigint
       WHERE c.id = $1 ORDER BY number`,
      [id, after],
    );
    const [first] = rows;
    if (!first) throw new CourierNotFound(id);
    return { count: first.count, assignments: rows.flatMap(({ number, ...row }) => (number === null ? [] : assignmentOf(number, row))) };
  }

  assignmentCounts(ids: readonly CourierId[]): Promise<Array<Versioned<CourierId>>> {
    return this.database.query('SELECT id, assignment_count AS version FROM couriers WHERE id = ANY ($1::bigint[])', [ids]);
  }

  /** The deliveries in a courier's plan. */
  async deliveries(id: CourierId): Promise<DeliveryId[]> {
    const rows = await this.database.query<{ deliveryId: DeliveryId }>(
      `SELECT DISTINCT (action->>'deliveryId')::bigint AS "deliveryId" FROM couriers, jsonb_array_elements(plan) AS action WHERE id = $1`,
      [id],
    );
    return rows.map(({ deliveryId }) => deliveryId);
  }
}

function assignmentOf(number: number, { type, ...way }: Omit<AssignedRow, 'number'>): AssignmentView {
  const actions = type === 'ASSIGNED' ? [actionOn(way, 'PICKUP'), actionOn(way, 'DROPOFF')] : [];
  return { number, type, deliveryId: way.deliveryId, actions };
}
