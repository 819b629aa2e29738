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
  /** Makes the courier own this id, which the client has chosen. Consumers and restaurants own what they create. */
  standFor(courierId: number): Promise<void>;
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

  /** By a claim, which the next token of the courier contains. */
  async standFor(courierId: number): Promise<void> {
    const url = `${this.issuer}/accounts/${accounts.courier}/claims`;
    const [headers, body] = [await this.headersOf('operator'), JSON.stringify({ ftgo_courier_id: courierId })];
    const response = await fetch(url, { method: 'PUT', headers, body, signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`PUT ${url} failed with ${response.status}: ${await response.text()}`);
    this.tokens.delete('courier');
  }
}
