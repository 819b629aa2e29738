import type { AboutRestaurant } from '../facts.js';
import type { Finding } from '../finding.js';

/** What each service knows about a restaurant. */
export interface RestaurantKnowledge {
  readonly id: number;
  readonly byService: ReadonlyMap<string, AboutRestaurant>;
}

/** Replicas of these services that do not reflect the latest change of the restaurant. */
export function restaurantFindings({ id, byService }: RestaurantKnowledge, services: readonly string[]): Finding[] {
  const version = [...byService.values()].find(({ restaurant }) => restaurant)?.restaurant?.version ?? 0;
  return services.flatMap((service): Finding[] => {
    const sequence = byService.get(service)?.replica?.sequence ?? 0;
    if (sequence === version) return [];
    const what = `is at change ${version}, but the replica of ${service} is at change ${sequence}`;
    return [{ invariant: 'replicas are current', about: `restaurant ${id}`, what, see: `dead-letters list --service ${service}` }];
  });
}
