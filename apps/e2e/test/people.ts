import type { Principal } from '@ftgo/security';
import { TestIssuer } from '@ftgo/security/testing';

type Headers = Readonly<Record<string, string>>;

/** A request, as far as it decides who sends it. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}

interface Person {
  readonly sub: string;
  readonly roles: readonly string[];
  readonly claims?: Readonly<Record<string, unknown>>;
}

const operator: Person = { sub: 'olga', roles: ['operator'] };

/** The consumer and the restaurant of an order, or those that a response has created. */
type Ids = Partial<Readonly<Record<'id' | 'orderId' | 'consumerId' | 'restaurantId', number | string>>>;

/**
 * The people who use a system with security on. Each request carries the token of the person who would send it: consumers and
 * restaurants own what they have created; an operator does everything else. A courier is known by a claim.
 */
export class People {
  private readonly consumers = new Map<number, Person>();
  private readonly restaurants = new Map<number, Person>();
  private readonly orders = new Map<number, Ids>();
  private count = 0;

  private constructor(
    private readonly issuer: TestIssuer,
    /** Resolves when every service knows to whom a new consumer belongs. */
    private readonly untilOwned: (consumerId: number) => Promise<void>,
  ) {}

  static async start(untilOwned: (consumerId: number) => Promise<void>): Promise<People> {
    return new People(await TestIssuer.start(), untilOwned);
  }

  /** The settings of a system with these people. */
  get environment(): Record<string, string> {
    const { url, audience } = this.issuer;
    return {
      FTGO_SECURITY: 'on',
      FTGO_OIDC_ISSUER: url,
      FTGO_OIDC_AUDIENCE: audience,
      FTGO_OIDC_CLIENT_SECRET: 'a secret for specs',
    };
  }

  operatorToken(): Promise<string> {
    return this.issuer.token(operator);
  }

  /** The sender of a request over gRPC that corresponds to this one. */
  async principalOf(sent: Sent): Promise<Principal> {
    const { sub, roles, claims = {} } = this.senderOf(sent);
    const token = await this.issuer.token({ sub, roles, claims });
    return { issuer: this.issuer.url, subject: sub, roles: new Set(roles), claims, expiresAt: new Date(Date.now() + 60_000), token };
  }

  /** Sends a request with its sender's token, and remembers what belongs to the sender afterwards. */
  async send<Answer extends { readonly status: number; readonly body: unknown }>(
    sent: Sent,
    send: (identity: Headers) => Promise<Answer>,
  ): Promise<Answer> {
    const sender = this.senderOf(sent);
    const answer = await send({ authorization: `Bearer ${await this.issuer.token(sender)}` });
    if (answer.status === 200 && sent.method === 'POST') await this.note(sender, pathOf(sent), sent.body as Ids, answer.body as Ids);
    return answer;
  }

  private async note(sender: Person, path: string, request: Ids, created: Ids): Promise<void> {
    if (path === '/orders') this.orders.set(Number(created.orderId), request);
    if (path === '/restaurants') this.restaurants.set(Number(created.id), sender);
    if (path !== '/consumers') return;
    this.consumers.set(Number(created.consumerId), sender);
    await this.untilOwned(Number(created.consumerId));
  }

  private senderOf(sent: Sent): Person {
    const path = pathOf(sent);
    const [, things = '', id = ''] = /^\/([\w-]+)(?:\/(\d+))?/.exec(path) ?? [];
    if (sent.method === 'POST' && path === '/consumers') return this.newPerson('consumer');
    if (sent.method === 'POST' && path === '/restaurants') return this.newPerson('restaurant');
    if (things === 'couriers') return { sub: `courier ${id}`, roles: ['courier'], claims: { ftgo_courier_id: Number(id) } };
    return this.ownerOf(things, Number(id), sent) ?? operator;
  }

  private ownerOf(things: string, id: number, sent: Sent): Person | undefined {
    const { consumerId, restaurantId } = this.orders.get(id) ?? idsIn(sent);
    if (things === 'consumers' || (things === 'accounts' && sent.method === 'GET')) return this.consumers.get(id);
    if (things === 'restaurants' && sent.method !== 'GET') return this.restaurants.get(id);
    if (things === 'tickets') return this.restaurants.get(Number(restaurantId));
    return things === 'orders' ? this.consumers.get(Number(consumerId)) : undefined;
  }

  private newPerson(role: 'consumer' | 'restaurant'): Person {
    return { sub: `${role} ${++this.count}`, roles: [role] };
  }
}

/** Those in the body or in the query. */
const idsIn = ({ url, body }: Sent): Ids => ({ ...Object.fromEntries(new URL(url).searchParams), ...(body as Ids | undefined) });

/** Clients of the original send a trailing slash. */
const pathOf = ({ url }: Sent): string => new URL(url).pathname.replace(/\/$/, '');
