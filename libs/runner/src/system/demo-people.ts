import { signIn } from '../security/sign-in.js';

/** Headers with a person's access token. */
export type Headers = Readonly<Record<string, string>>;

/** The accounts of identity-service for the people of the demo. */
const accounts = { consumer: 'ada', restaurant: 'ajanta', courier: 'carl', operator: 'olga' } as const;
type Person = keyof typeof accounts;

/** The people who take part in an order. */
export interface People {
  /** The headers that identify the sender of a request. */
  headersOf(person: Person): Promise<Headers>;
  /** States which consumer, restaurant and courier they are. */
  standFor(ids: { consumerId: number; restaurantId: number; courierId: number }): Promise<void>;
}

/** Without security, requests need not identify their sender. */
export const anonymous: People = {
  headersOf: () => Promise.resolve({}),
  standFor: () => Promise.resolve(),
};

/** People who sign in at identity-service. */
export class SignedIn implements People {
  private readonly tokens = new Map<Person, Promise<string>>();

  constructor(
    private readonly issuer: string,
    private readonly password: string,
  ) {}

  async headersOf(person: Person): Promise<Headers> {
    const token = this.tokens.get(person) ?? signIn(this.issuer, { name: accounts[person], password: this.password });
    this.tokens.set(person, token);
    return { authorization: `Bearer ${await token}` };
  }

  async standFor({ consumerId, restaurantId, courierId }: Parameters<People['standFor']>[0]): Promise<void> {
    await this.setClaims('consumer', { ftgo_consumer_id: consumerId });
    await this.setClaims('restaurant', { ftgo_restaurant_ids: [restaurantId] });
    await this.setClaims('courier', { ftgo_courier_id: courierId });
  }

  /** The next token of the person contains the claims. */
  private async setClaims(person: Person, claims: object): Promise<void> {
    const url = `${this.issuer}/accounts/${accounts[person]}/claims`;
    const headers = await this.headersOf('operator');
    const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(claims), signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`PUT ${url} failed with ${response.status}: ${await response.text()}`);
    this.tokens.delete(person);
  }
}
