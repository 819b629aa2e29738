import { count, type Measures } from './measures.js';
import type { FollowedOrder, OrderActions } from './order-actions.js';

/** An order as its consumer's history shows it. */
export interface OrderView {
  readonly orderId: string;
  readonly deliveryStatus: string;
  readonly transitions: ReadonlyArray<{ readonly event: string; readonly at: string }>;
}

/**
 * What an order waits for: its approval or rejection; the end of a change; a courier. Nothing while the load acts on it.
 */
type Stage = 'placed' | 'changing' | 'ready' | 'acting';

type Open = FollowedOrder & { stage: Stage };

export const toApproved = 'from due to APPROVED';

const changed: Readonly<Record<string, 'cancelled' | 'revised' | 'unchanged'>> = {
  OrderCancelled: 'cancelled',
  OrderRevised: 'revised',
  OrderCancelRejected: 'unchanged',
  OrderRevisionRejected: 'unchanged',
};

/** The accepted orders that have not ended. It forgets an order that has. */
export class FollowedOrders {
  readonly counts = { accepted: 0, approved: 0, rejected: 0, cancelled: 0, revised: 0, unchanged: 0, delivered: 0 };
  readonly rejections = new Map<string, number>();
  private readonly open = new Map<number, Open>();
  /** A request about them has no response: only the service knows whether they are in a saga again. */
  private readonly unsure: number[] = [];

  constructor(
    private readonly measures: Measures,
    private readonly actions: OrderActions,
  ) {}

  get size(): number {
    return this.open.size;
  }

  get awaitingApproval(): number {
    return this.counts.accepted - this.counts.approved - this.counts.rejected;
  }

  /** The ids of all orders that are not known to have ended. */
  get notKnownToHaveEnded(): readonly number[] {
    return [...this.open.keys(), ...this.unsure];
  }

  /** The open orders of each consumer. */
  byConsumer(): Map<number, FollowedOrder[]> {
    const waiting = [...this.open.values()].filter(({ stage }) => stage !== 'acting');
    return Map.groupBy(waiting, ({ consumerId }) => consumerId);
  }

  add(order: FollowedOrder): void {
    this.counts.accepted++;
    this.open.set(order.id, { ...order, stage: 'placed' });
  }

  note(view: OrderView): void {
    const order = this.open.get(Number(view.orderId));
    if (order?.stage === 'placed') this.notePlaced(order, view);
    if (order?.stage === 'changing') this.noteChanging(order, view);
    if (order?.stage === 'ready' && isToBePickedUp(view)) void this.deliver(order);
  }

  private notePlaced(order: Open, { transitions }: OrderView): void {
    const timeOf = (name: string) => transitions.find(({ event }) => event === name)?.at;
    const approvedAt = timeOf('OrderAuthorized');
    if (approvedAt !== undefined) {
      this.counts.approved++;
      this.measures.latency(toApproved, Date.parse(asUtc(approvedAt)) - order.dueAtMs);
      void this.begin(order);
    } else if (timeOf('OrderRejected') !== undefined) {
      void this.reject(order);
    }
  }

  private async reject(order: Open): Promise<void> {
    order.stage = 'acting';
    count(this.rejections, await this.actions.rejectionOf(order));
    this.counts.rejected++;
    this.open.delete(order.id);
  }

  private noteChanging({ id }: FollowedOrder, { transitions }: OrderView): void {
    const end = transitions.map(({ event }) => changed[event]).find((how) => how !== undefined);
    if (end === undefined) return;
    this.counts[end]++;
    this.open.delete(id);
  }

  /** What its course begins with, once it is approved. */
  private async begin(order: Open): Promise<void> {
    order.stage = 'acting';
    const outcome = order.course === 'deliver' ? await this.actions.cook(order) : await this.actions.change(order);
    if (outcome === 'done') order.stage = order.course === 'deliver' ? 'ready' : 'changing';
    else this.leave(order, outcome);
  }

  private async deliver(order: Open): Promise<void> {
    order.stage = 'acting';
    const outcome = await this.actions.deliver(order);
    // The courier comes again when the history is read next.
    if (outcome === 'early') order.stage = 'ready';
    else this.leave(order, outcome);
    if (outcome === 'done') this.counts.delivered++;
  }

  private leave({ id }: FollowedOrder, outcome: string): void {
    this.open.delete(id);
    if (outcome === 'unsure') this.unsure.push(id);
  }
}

const isToBePickedUp = ({ deliveryStatus, transitions }: OrderView): boolean =>
  deliveryStatus === 'SCHEDULED' && transitions.some(({ event }) => event === 'TicketPreparationCompleted');

/** Times of the API are in UTC, without a time zone. */
const asUtc = (time: string): string => (/Z$|[+-]\d\d:\d\d$/.test(time) ? time : `${time}Z`);
