import { wallClockMs } from '@ftgo/kernel';
import { ReadinessIndicator } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { dependencies } from '../client/dependency-metrics.js';

/** A circuit closes with a call that succeeds. Without calls it stays open, which does not show the state of the dependency. */
const recentMs = 30_000;

/** Degraded while calls to a dependency fail: other requests are served. */
@Injectable()
export class DependenciesIndicator extends ReadinessIndicator {
  override readonly name = 'dependencies';
  override readonly isRequired = false;

  override async check(): Promise<void> {
    const since = wallClockMs() - recentMs;
    const down = dependencies().filter(
      ({ circuit, lastFailure }) => circuit !== 'closed' && lastFailure && lastFailure.at.getTime() >= since,
    );
    if (down.length === 0) return;
    throw new Error(down.map(({ name, lastFailure }) => `${name}: circuit open (${lastFailure?.reason})`).join('; '));
  }
}
