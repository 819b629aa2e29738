import { type AssignmentDetails, DeliveryServiceApi, type TrackCourierRequest } from '@ftgo/contracts/delivery';
import { grpcClient } from '@ftgo/rpc';

/** A courier's device, connected to delivery-service. */
export class CourierDevice {
  /** The assignments that it has received. */
  readonly assignments: AssignmentDetails[] = [];
  /** Settles when the connection has ended. */
  readonly ended: Promise<void>;
  private readonly toSend: TrackCourierRequest[] = [];
  private readonly left = new AbortController();
  private wake = Promise.withResolvers<void>();

  constructor(url: string, first: Partial<TrackCourierRequest>) {
    this.send(first);
    this.ended = this.track(url);
  }

  send(request: Partial<TrackCourierRequest>): void {
    this.toSend.push({ courierId: 0, ...request });
    this.wake.resolve();
  }

  close(): Promise<void> {
    this.left.abort();
    return this.ended.catch(() => undefined);
  }

  private async track(url: string): Promise<void> {
    const client = grpcClient(DeliveryServiceApi, { url });
    try {
      const stream = client.calls.trackCourier(this.requests(), { signal: this.left.signal });
      for await (const { assignment } of stream) this.assignments.push(assignment);
    } finally {
      client.close();
    }
  }

  private async *requests(): AsyncGenerator<TrackCourierRequest> {
    for (;;) {
      yield* this.toSend.splice(0);
      await this.wake.promise;
      this.wake = Promise.withResolvers();
    }
  }
}
