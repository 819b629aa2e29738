import { setTimeout as pause } from 'node:timers/promises';
import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

const checkIntervalMs = 1_000;

/** grpc.health.v1.Health of a server and of each of its services: SERVING while the application is ready. */
export class GrpcHealth {
  private readonly stopping = new AbortController();
  private readonly implementation: HealthImplementation;
  private serving: boolean | undefined;

  constructor(
    private readonly names: readonly string[],
    private readonly isReady?: () => Promise<boolean>,
  ) {
    const status = isReady ? 'NOT_SERVING' : 'SERVING';
    this.implementation = new HealthImplementation(Object.fromEntries(names.map((name) => [name, status])));
  }

  addTo(server: Server): void {
    this.implementation.addToServer(server);
    if (this.isReady) void this.follow(this.isReady);
  }

  stop(): void {
    this.stopping.abort();
    this.set(false);
  }

  /** Watchers are notified of changes, so the state must be polled. */
  private async follow(isReady: () => Promise<boolean>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const ready = await isReady().catch(() => false);
      if (!signal.aborted) this.set(ready);
      await pause(checkIntervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private set(serving: boolean): void {
    if (serving === this.serving) return;
    this.serving = serving;
    for (const name of this.names) this.implementation.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
