import type { AssignmentDetails, PositionDetails, TrackCourierRequest } from '@ftgo/contracts/delivery';
import { type CourierId, courierId } from '@ftgo/ftgo';
import { Access, InvalidRequest, valid, WatchedVersions } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CourierNotFound } from '../courier/courier.errors.js';
import { CourierQueries } from '../courier/courier.queries.js';
import { CourierService } from '../courier/courier.service.js';
import { CourierPositions } from './courier-positions.js';

const positionIntervalMs = 1_000;

const trackRequest = z.object({
  position: z.object({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) }).optional(),
  acknowledged: z.int().min(0).optional(),
});

/** Couriers whose devices are connected: positions and acknowledgements in, assignments out. */
@Injectable()
export class CourierTracking {
  private readonly counts: WatchedVersions<CourierId>;

  constructor(
    private readonly queries: CourierQueries,
    private readonly couriers: CourierService,
    private readonly positions: CourierPositions,
    private readonly access: Access,
  ) {
    this.counts = new WatchedVersions((ids) => queries.assignmentCounts(ids));
  }

  /** The assignments of a courier until the signal aborts or the courier has sent everything. */
  async *track(requests: AsyncIterable<TrackCourierRequest>, signal: AbortSignal): AsyncGenerator<AssignmentDetails, void, void> {
    const reader = requests[Symbol.asyncIterator]();
    const first = await reader.next();
    if (first.done) return;
    const id = courierId(first.value.courierId);
    await this.access.demand({ courier: id }, () => new CourierNotFound(id));
    const courier = new TrackedCourier(id, this.couriers, this.positions);
    // Before the first assignment: what a device acknowledges when it reconnects is not sent again.
    await courier.handle(first.value);
    const read = new AbortController();
    let failure: unknown;
    void courier
      .handleAll(reader)
      .catch((error: unknown) => (failure = error))
      .finally(() => read.abort());
    try {
      yield* this.assignments(courier.id, AbortSignal.any([signal, read.signal]));
    } catch (error) {
      if (failure !== undefined) throw failure;
      if (signal.aborted || !read.signal.aborted) throw error;
    }
  }

  private async *assignments(id: CourierId, signal: AbortSignal): AsyncGenerator<AssignmentDetails, void, void> {
    let last = 0;
    for (;;) {
      const { count, assignments } = await this.queries.assignments(id, last);
      yield* assignments;
      last = count;
      await this.counts.beyond({ id, version: last }, signal);
    }
  }
}

/** What the device of one courier sends on one stream. */
class TrackedCourier {
  private nextPositionAt = 0;
  private lastAcknowledged = 0;

  constructor(
    readonly id: CourierId,
    private readonly couriers: CourierService,
    private readonly positions: CourierPositions,
  ) {}

  /** At the pace of the database and the broker: a device that sends faster is slowed down. */
  async handleAll(requests: AsyncIterator<TrackCourierRequest>): Promise<void> {
    for (let next = await requests.next(); !next.done; next = await requests.next()) await this.handle(next.value);
  }

  async handle(request: TrackCourierRequest): Promise<void> {
    const { position, acknowledged } = await valid(trackRequest, request);
    if (request.courierId !== 0 && request.courierId !== this.id)
      throw new InvalidRequest([{ pointer: '/courierId', detail: 'must be the courier of the first message, or absent' }]);
    if (acknowledged !== undefined && acknowledged > this.lastAcknowledged) {
      await this.couriers.acknowledge(this.id, acknowledged);
      this.lastAcknowledged = acknowledged;
    }
    if (position) await this.report(position);
  }

  private async report(position: PositionDetails): Promise<void> {
    const now = performance.now();
    if (now < this.nextPositionAt) return this.positions.noteDropped();
    this.nextPositionAt = now + positionIntervalMs;
    await this.positions.publish(this.id, position);
  }
}
