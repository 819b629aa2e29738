import { brokerDelivery } from './broker-delivery.js';
import { brokerFeatures } from './broker-features.js';
import { brokerFollowing } from './broker-following.js';
import { brokerLimits } from './broker-limits.js';
import { brokerMoves } from './broker-moves.js';
import { brokerStreams } from './broker-streams.js';
import type { ConformanceFixture } from './fixture.js';

/** Tests the guarantees of every adapter of the broker port, and the features that this one claims. */
export function brokerConformance(adapter: string, open: () => Promise<ConformanceFixture>): void {
  brokerDelivery(adapter, open);
  brokerLimits(adapter, open);
  brokerStreams(adapter, open);
  brokerFeatures(adapter, open);
  brokerFollowing(adapter, open);
  brokerMoves(adapter, open);
}
