import type { ConsumerId, CourierId, RestaurantId } from '@ftgo/ftgo';
import { caller, type Principal, principalId } from '@ftgo/security';
import { type Belonging, type Kind, kinds, type Ownership } from './ownership.js';

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
    /** What the service knows in addition to the claims of access tokens. */
    private readonly ownership?: Ownership,
  ) {}

  /** Throws `hidden()`, an error as if the thing did not exist, unless it belongs to the caller. */
  async demand(owners: Owners, hidden: () => Error): Promise<void> {
    if (!(await this.allows(owners))) throw hidden();
  }

  /** Whether the thing belongs to the caller, or the caller is an operator or a service. */
  async allows(owners: Owners): Promise<boolean> {
    return (await this.own([owners], (each) => each)).length > 0;
  }

  /** Whether the caller may learn who caused something: operators and services may. */
  get seesActors(): boolean {
    return !this.isRestricted || isTrusted(caller.current);
  }

  /** Those of the things that belong to the caller; all of them for an operator or a service. */
  async own<Thing>(things: readonly Thing[], ownersOf: (thing: Thing) => Owners): Promise<Thing[]> {
    if (this.seesActors) return [...things];
    const { current } = caller;
    if (!current) return [];
    const belongsBy = (belongings: readonly Belonging[]) => {
      const names = new Set(belongings.filter(({ kind }) => current.roles.has(kind)).map(nameOf));
      return (thing: Thing) => kinds.some((kind) => names.has(nameOf({ kind, id: ownersOf(thing)[kind] })));
    };
    const claimed = claimedBy(current);
    const isClaimed = belongsBy(claimed);
    if (things.every(isClaimed)) return [...things];
    return things.filter(belongsBy([...claimed, ...(await this.storedFor(current))]));
  }

  /** The things of this kind that belong to the caller; none for an operator or a service. */
  async idsOf(kind: Kind): Promise<number[]> {
    const { current } = caller;
    if (!current || isTrusted(current)) return [];
    const belongings = [...claimedBy(current), ...(await this.storedFor(current))];
    return belongings.filter((each) => each.kind === kind).map(({ id }) => id);
  }

  /** The owner of what the caller creates: the caller, or no one while security is off or if an operator or a service creates it. */
  get owner(): string | undefined {
    const { current } = caller;
    return this.isRestricted && current && !isTrusted(current) ? principalId(current) : undefined;
  }

  private storedFor(principal: Principal): Promise<readonly Belonging[]> {
    return this.ownership?.of(principalId(principal)) ?? Promise.resolve([]);
  }
}

/** Identifies the caller among all principals. */
export const callerId = (): string => (caller.current ? principalId(caller.current) : anonymous);

const isTrusted = (principal: Principal | undefined): boolean => trusted.some((role) => principal?.roles.has(role));

const nameOf = ({ kind, id }: { readonly kind: Kind; readonly id: number | undefined }): string => `${kind} ${id}`;

/** What the caller stands for according to its access token. */
function claimedBy({ claims }: Principal): Belonging[] {
  const restaurants = claims['ftgo_restaurant_ids'];
  const ids = { consumer: [claims['ftgo_consumer_id']], restaurant: restaurants, courier: [claims['ftgo_courier_id']] };
  return kinds.flatMap((kind) => (Array.isArray(ids[kind]) ? ids[kind].filter(isId).map((id) => ({ kind, id })) : []));
}

const isId = (claim: unknown): claim is number => Number.isSafeInteger(claim);
