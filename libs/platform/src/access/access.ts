import type { ConsumerId, CourierId, RestaurantId } from '@ftgo/ftgo';
import { caller, type Principal, principalId } from '@ftgo/security';

/** Everyone to whom a thing belongs. */
export interface Owners {
  readonly consumer?: ConsumerId | undefined;
  readonly restaurant?: RestaurantId | undefined;
  readonly courier?: CourierId | undefined;
}

/** The caller if nothing shows who it is. */
const anonymous = 'anonymous';
/** They may access what belongs to anyone. */
const trusted = ['operator', 'service'];

/** Decides in use cases what the caller may access. Roles are checked before, at the operation. */
export class Access {
  constructor(
    /** Whether security is on. While it is off, everyone may access everything. */
    private readonly isRestricted: boolean,
  ) {}

  /** Throws `hidden()`, an error as if the thing did not exist, unless it belongs to the caller. */
  demand(owners: Owners, hidden: () => Error): void {
    if (!this.allows(owners)) throw hidden();
  }

  /** Whether the thing belongs to the caller, or the caller is an operator or a service. */
  allows(owners: Owners): boolean {
    const { current } = caller;
    return this.seesActors || (current !== undefined && belongsTo(current, owners));
  }

  /** Whether the caller may learn who caused something: operators and services may. */
  get seesActors(): boolean {
    return !this.isRestricted || trusted.some((role) => caller.current?.roles.has(role));
  }
}

/** Identifies the caller among all principals. */
export const callerId = (): string => (caller.current ? principalId(caller.current) : anonymous);

/** The claims count only together with the role. */
function belongsTo({ roles, claims }: Principal, { consumer, restaurant, courier }: Owners): boolean {
  const restaurants = claims['ftgo_restaurant_ids'];
  return (
    (roles.has('consumer') && consumer !== undefined && claims['ftgo_consumer_id'] === consumer) ||
    (roles.has('restaurant') && restaurant !== undefined && Array.isArray(restaurants) && restaurants.includes(restaurant)) ||
    (roles.has('courier') && courier !== undefined && claims['ftgo_courier_id'] === courier)
  );
}
