import type { Course } from './options.js';
import { hasNoResponse, type Requests } from './requests.js';

/** An accepted order. */
export interface FollowedOrder {
  readonly id: number;
  readonly consumerId: number;
  /** When it was due to be placed, by the wall clock. */
  readonly dueAtMs: number;
  readonly course: Course | undefined;
}

/**
 * `failed` is counted by the code of the response; `unsure` has none, so that the order may be in a saga again; `nothing` was
 * to be done.
 */
export type Outcome = 'done' | 'failed' | 'unsure' | 'nothing';

const changes = {
  cancel: { what: 'POST /orders/{id}/cancel', body: {} },
  revise: { what: 'POST /orders/{id}/revise', body: { revisedOrderLineItems: [{ menuItemId: '1', quantity: 4 }] } },
};

/** What people do with one order after its approval: the consumer, the cook and the courier. */
export class OrderActions {
  constructor(private readonly requests: Requests) {}

  async change({ id, course }: FollowedOrder): Promise<Outcome> {
    if (course !== 'cancel' && course !== 'revise') return 'nothing';
    const { what, body } = changes[course];
    return outcomeOf(await this.requests.send({ what, method: 'POST', path: `/orders/${id}/${course}`, body }));
  }

  async cook({ id }: FollowedOrder): Promise<Outcome> {
    for (const [act, body] of Object.entries({ accept: { readyBy: '2100-01-01T18:30:00' }, preparing: {}, ready: {} })) {
      const { code } = await this.act('tickets', id, act, body);
      if (code !== undefined) return 'failed';
    }
    return 'done';
  }

  /** `early` if delivery-service has not received that the food is ready. */
  async deliver({ id }: FollowedOrder): Promise<Outcome | 'early'> {
    const pickup = await this.act('deliveries', id, 'pickup');
    if (pickup.code === 'TICKET_NOT_READY') return 'early';
    if (pickup.code !== undefined) return 'failed';
    const dropoff = await this.act('deliveries', id, 'dropoff');
    return dropoff.code === undefined ? 'done' : 'failed';
  }

  /** The code with which an order was rejected. */
  async rejectionOf({ id }: FollowedOrder): Promise<string> {
    const { body, code } = await this.requests.send<{ orderInfo: { rejection?: { code: string } } }>({
      what: 'reads of rejected orders',
      method: 'GET',
      path: `/orders/${id}`,
    });
    return body?.orderInfo.rejection?.code ?? `unknown: ${code}`;
  }

  private act(of: 'tickets' | 'deliveries', id: number, act: string, body: object = {}) {
    return this.requests.send<object>({ what: `POST /${of}/{id}/${act}`, method: 'POST', path: `/${of}/${id}/${act}`, body });
  }
}

function outcomeOf({ code }: { readonly code?: string }): Outcome {
  if (code === undefined) return 'done';
  return hasNoResponse(code) ? 'unsure' : 'failed';
}
