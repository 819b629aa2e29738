import { wallClockMs } from '@ftgo/kernel';
import { type Random, randomFrom } from './arrivals.js';
import type { FollowedOrders } from './followed-orders.js';
import type { Measures } from './measures.js';
import { type Course, courses, type LoadOptions, type Mix, type Other } from './options.js';
import { bodies, memberOf, type Population } from './population.js';
import { hasNoResponse, type Request, type Requests } from './requests.js';

export type Kind = 'order' | Other;

export const placing = 'POST /orders';

/** Orders whose end is not known yet: more are not started, so that the memory is bounded. */
const mostFollowed = 100_000;
const recentOrders = 1_000;
const goldenRatio = 0.618_033_988_749_895;

/** The requests that arrive on the schedule. */
export class Traffic {
  /** Orders that were due. */
  due = 0;
  /** Orders that have no response and may have been placed. */
  unanswered = 0;
  private readonly random: Random;
  private readonly recent: number[] = [];
  private unavailable: number | undefined;

  constructor(
    private readonly options: Pick<LoadOptions, 'mix' | 'seed'>,
    private readonly population: Population,
    private readonly requests: Requests,
    private readonly measures: Measures,
    private readonly followed: FollowedOrders,
  ) {
    this.random = randomFrom(options.seed);
  }

  start(kind: Kind, dueAt: number): void {
    void (kind === 'order' ? this.order(dueAt) : this.other(kind, dueAt));
  }

  private async order(dueAt: number): Promise<void> {
    const course = courseOf(this.due++, this.options.mix);
    const consumerId = this.anyOf(this.population.consumers);
    const body = bodies.order(consumerId, this.anyOf(this.population.restaurants));
    if (this.followed.size >= mostFollowed) return this.measures.notStarted(placing);
    const dueAtMs = wallClockMs() - (performance.now() - dueAt);
    const answer = await this.requests.send<{ orderId: number }>({ what: placing, method: 'POST', path: '/orders', body }, dueAt);
    if (answer.code !== undefined) {
      if (hasNoResponse(answer.code)) this.unanswered++;
      return;
    }
    const id = answer.body.orderId;
    this.followed.add({ id, consumerId, dueAtMs, course });
    this.recent[(this.followed.counts.accepted - 1) % recentOrders] = id;
  }

  private async other(kind: Other, dueAt: number): Promise<void> {
    const request = this.request[kind]();
    const place = Math.floor(this.random() * 1_000_000);
    if (!request) return;
    const { body } = await this.requests.send<{ consumerId?: number; id?: number }>(request, dueAt);
    const { consumers, restaurants } = this.population;
    if (kind === 'consumer' && body?.consumerId) this.population.joinSoon(consumers, body.consumerId, place % consumers.length);
    if (kind === 'restaurant' && body?.id) this.population.joinSoon(restaurants, body.id, place % restaurants.length);
  }

  private readonly request: Readonly<Record<Other, () => Request | undefined>> = {
    read: () =>
      this.recent.length === 0 ? undefined : { what: 'GET /orders/{id}', method: 'GET', path: `/orders/${this.anyOf(this.recent)}` },
    history: () => ({
      what: 'GET /orders?consumerId=',
      method: 'GET',
      path: `/orders?consumerId=${this.anyOf(this.population.consumers)}&pageSize=20`,
    }),
    consumer: () => ({ what: 'POST /consumers', method: 'POST', path: '/consumers', body: bodies.consumer() }),
    restaurant: () => ({ what: 'POST /restaurants', method: 'POST', path: '/restaurants', body: bodies.restaurant() }),
    menu: () => ({
      what: 'PUT /restaurants/{id}/menu',
      method: 'PUT',
      path: `/restaurants/${this.anyOf(this.population.restaurants)}/menu`,
      body: bodies.menu(),
    }),
    courier: () => this.changeOfShift(),
  };

  /** A courier goes off duty, and the next time comes back: deliveries that were not picked up go to another. */
  private changeOfShift(): Request {
    const back = this.unavailable;
    const courier = back ?? this.anyOf(this.population.couriers);
    this.unavailable = back === undefined ? courier : undefined;
    const body = { available: back !== undefined };
    return { what: 'POST /couriers/{id}/availability', method: 'POST', path: `/couriers/${courier}/availability`, body };
  }

  private anyOf(members: readonly number[]): number {
    return memberOf(members, Math.floor(this.random() * members.length));
  }
}

/** Spreads the courses evenly over the orders, in the proportions of the mix. */
export function courseOf(n: number, mix: Mix): Course | undefined {
  let place = ((n * goldenRatio) % 1) * 100;
  return courses.find((course) => (place -= mix[course]) < 0);
}
