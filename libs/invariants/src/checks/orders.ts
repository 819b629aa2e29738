import type { AboutOrder, SagaFact } from '../facts.js';
import { counted, type Finding, type InFlight, type Invariant, money } from '../finding.js';

type Order = NonNullable<AboutOrder['order']>;
type Lines = Order['lines'];

/** A comparison of what some services know about an order. */
interface Check {
  readonly invariant: Invariant;
  /** Without one of these services, it cannot be made. */
  readonly needs: readonly string[];
  /** What is wrong with an order at rest: one that no saga works on. */
  readonly atRest: (order: Order, fact: AboutOrder, known: Known) => readonly string[];
  /** What exists although the order does not. */
  readonly stray: (fact: AboutOrder) => string | undefined;
}

/** What is known beyond the order. */
export interface Known {
  /** The services whose facts are known. */
  readonly services: ReadonlySet<string>;
  readonly isConsumer: (id: number) => boolean;
}

/** How long after its deadline a saga must have moved. */
const graceSeconds = 60;

const sagaOf: Readonly<Partial<Record<Order['state'], string>>> = {
  APPROVAL_PENDING: 'create-order',
  CANCEL_PENDING: 'cancel-order',
  REVISION_PENDING: 'revise-order',
};

const hasEnded = ({ status }: SagaFact): boolean => status === 'COMPLETED' || status === 'ROLLED_BACK';

/** What is wrong with an order, according to the services whose facts are known. */
export function orderFindings(fact: AboutOrder, known: Known): Finding[] {
  const { id, order } = fact;
  const finding = (invariant: Invariant, what: string): Finding => ({
    invariant,
    about: `order ${id}`,
    what,
    see: `order show ${id}`,
  });
  const findings = sagaFindings(fact);
  if (order && order.state in sagaOf) return findings;
  const made = checks.filter(({ needs }) => needs.every((service) => known.services.has(service)));
  return [
    ...findings,
    ...made.flatMap(({ invariant, atRest, stray }) => {
      const problems = order ? atRest(order, fact, known) : [stray(fact)].filter((what) => what !== undefined);
      return problems.map((what) => finding(invariant, what));
    }),
  ];
}

/** The saga that works on the order. */
export function workOn({ id, order, sagas = [] }: AboutOrder): InFlight | undefined {
  const open = sagas.find((saga) => !hasEnded(saga));
  if (!order || !open) return undefined;
  const late = (open.overdueSeconds ?? 0) > 0 ? ', past its deadline' : '';
  const paused = open.isClockRunning ? '' : '; its deadline is postponed by an outage';
  return { about: `order ${id}`, what: `is ${order.state}: saga ${open.saga} is at "${open.step}"${late}${paused}` };
}

function sagaFindings({ id, order, sagas = [] }: AboutOrder): Finding[] {
  const about = `order ${id}`;
  const findings = sagas.flatMap((saga): Finding[] => {
    const problem = sagaProblem(saga);
    const what = problem && `saga ${saga.saga} ${problem}`;
    return what ? [{ invariant: 'orders end', about, what, see: `saga show ${saga.id}`, isProved: true }] : [];
  });
  const open = sagas.filter((saga) => !hasEnded(saga));
  const problem = order ? stateProblem(order, open) : open.length > 0 && 'does not exist, but a saga is working on it';
  return problem ? [...findings, { invariant: 'orders end', about, what: problem, see: `order show ${id}`, isProved: true }] : findings;
}

function sagaProblem(saga: SagaFact): string | undefined {
  const { status, step, problem, overdueSeconds, isClockRunning } = saga;
  if (hasEnded(saga)) return `has ended as ${status}, but still has a deadline`;
  if (status === 'STUCK') return `is STUCK at "${step}"${problem ? `: ${problem}` : ''}`;
  if (overdueSeconds === undefined) return `is ${status} at "${step}" without a deadline`;
  const isDead = isClockRunning && overdueSeconds > graceSeconds;
  return isDead ? `is ${status} at "${step}", whose deadline passed ${Math.round(overdueSeconds)} s ago` : undefined;
}

/** The state of an order changes in the transactions that start and end its sagas. */
function stateProblem({ state, version }: Order, open: readonly SagaFact[]): string | undefined {
  const working = sagaOf[state];
  if (working) return open.some(({ saga }) => saga === working) ? undefined : `is ${state}, but no ${working} saga is working on it`;
  if (open.length > 0) return `is ${state}, but saga ${open[0]?.saga} is working on it`;
  // Created, then authorised or rejected; each later change has two events.
  const isWhole = state === 'REJECTED' ? version === 2 : version >= 2 && version % 2 === 0;
  return isWhole ? undefined : `is ${state} after ${counted(version, 'event')}; expected ${state === 'REJECTED' ? '2' : 'an even number'}`;
}

const inactive = ['CREATE_PENDING', 'CREATION_CANCELLED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING'];

const ticketCheck: Check = {
  invariant: 'tickets agree',
  needs: ['order-service', 'kitchen-service'],
  stray: ({ ticket }) => ticket && `does not exist, but has a ticket, which is ${ticket.state}`,
  atRest: ({ state, lines, restaurantId }, { ticket }) => {
    const found = ticket?.state ?? 'missing';
    const fits = {
      REJECTED: ticket === undefined || ticket.state === 'CREATION_CANCELLED',
      CANCELLED: ticket?.state === 'CANCELLED',
      APPROVED: ticket !== undefined && !inactive.includes(ticket.state),
    }[state as 'REJECTED' | 'CANCELLED' | 'APPROVED'];
    if (!fits) return [`is ${state}, but its ticket is ${found}`];
    if (!ticket) return [];
    if (ticket.restaurantId !== restaurantId) return [`is for restaurant ${restaurantId}, but its ticket is for ${ticket.restaurantId}`];
    return difference('its ticket', lines, ticket.lines);
  },
};

const authorizationCheck: Check = {
  invariant: 'authorisations agree',
  needs: ['order-service', 'accounting-service'],
  stray: ({ authorization }) => authorization && `does not exist, but has an authorisation of ${money(authorization.amount)}`,
  atRest: ({ state, total, consumerId }, { authorization }) => {
    const held = authorization && authorization.state !== 'REVERSED' ? authorization : undefined;
    if (state !== 'APPROVED') return held ? [`is ${state}, but ${money(held.amount)} is ${held.state}`] : [];
    if (held?.amount === total && held.accountId === consumerId) return [];
    const found = held ? `${money(held.amount)} is authorised on account ${held.accountId}` : 'nothing is authorised';
    return [`is APPROVED with a total of ${money(total)} for consumer ${consumerId}, but ${found}`];
  },
};

const progressOf: Readonly<Record<string, string>> = {
  AWAITING_ACCEPTANCE: 'UNKNOWN',
  ACCEPTED: 'ACCEPTED',
  PREPARING: 'PREPARING',
  READY_FOR_PICKUP: 'READY_FOR_PICKUP',
  PICKED_UP: 'PICKED_UP',
};

const deliveryCheck: Check = {
  invariant: 'deliveries agree',
  needs: ['order-service', 'delivery-service'],
  stray: ({ delivery }) => delivery && `does not exist, but has a delivery, which is ${delivery.state}`,
  atRest: ({ state, restaurantId }, { delivery }) => {
    const expected = state === 'APPROVED' ? ['PENDING', 'SCHEDULED', 'PICKED_UP', 'DELIVERED'] : ['CANCELLED'];
    if (!delivery || !expected.includes(delivery.state)) return [`is ${state}, but its delivery is ${delivery?.state ?? 'missing'}`];
    const isElsewhere = delivery.restaurantId !== restaurantId;
    return isElsewhere ? [`is for restaurant ${restaurantId}, but its delivery starts at restaurant ${delivery.restaurantId}`] : [];
  },
};

const handoverCheck: Check = {
  invariant: 'deliveries agree',
  needs: ['order-service', 'kitchen-service', 'delivery-service'],
  stray: () => undefined,
  atRest: ({ state }, { ticket, delivery }) => {
    if (state !== 'APPROVED' || !ticket || !delivery) return [];
    if (['PICKED_UP', 'DELIVERED'].includes(delivery.state) && ticket.state !== 'PICKED_UP')
      return [`its delivery is ${delivery.state}, but its ticket is ${ticket.state}`];
    const progress = progressOf[ticket.state];
    if (progress === undefined || delivery.ticketProgress === progress) return [];
    return [`its ticket is ${ticket.state}, but its delivery knows it as ${delivery.ticketProgress}`];
  },
};

const captureCheck: Check = {
  invariant: 'deliveries agree',
  needs: ['delivery-service', 'accounting-service'],
  stray: () => undefined,
  atRest: (_, { delivery, authorization }) => {
    const isDelivered = delivery?.state === 'DELIVERED';
    const isCaptured = authorization?.state === 'CAPTURED';
    if (isDelivered && !isCaptured) return [`was delivered, but its authorisation is ${authorization?.state ?? 'missing'}`];
    return isCaptured && !isDelivered ? [`its authorisation is captured, but its delivery is ${delivery?.state ?? 'missing'}`] : [];
  },
};

const historyCheck: Check = {
  invariant: 'history agrees',
  needs: ['order-service', 'order-history-service'],
  stray: ({ view }) => view && `does not exist, but has a history, in which it is ${view.status ?? 'unknown'}`,
  atRest: (order, { view }) => {
    if (!view) return [`is ${order.state}, but has no history`];
    return [
      ...same('state', order.state, view.status),
      ...same('consumer', order.consumerId, view.consumerId),
      ...same('restaurant', order.restaurantId, view.restaurantId),
      ...same('total', money(order.total), view.total === undefined ? undefined : money(view.total)),
      ...difference('its history', order.lines, view.lines ?? []),
      ...same('number of events', order.version, view.events.order),
    ];
  },
};

const historyOfPart = (service: string, compare: (fact: AboutOrder, view: NonNullable<AboutOrder['view']>) => string[]): Check => ({
  invariant: 'history agrees',
  needs: ['order-service', 'order-history-service', service],
  stray: () => undefined,
  atRest: (_, fact) => (fact.view ? compare(fact, fact.view) : []),
});

const notificationCheck: Check = {
  invariant: 'consumers are notified',
  needs: ['order-service', 'consumer-service'],
  stray: ({ notifications }) => notifications && `does not exist, but its consumer was notified of ${notifications.join(', ')}`,
  atRest: ({ state, version, consumerId }, { notifications = [] }, { isConsumer }) => {
    if (!isConsumer(consumerId)) return [];
    const first = state === 'REJECTED' ? 'REJECTED' : 'APPROVED';
    const isNotified = notifications.includes(first) && (state !== 'CANCELLED' || notifications.includes('CANCELLED'));
    // One for its creation and one for each change.
    if (isNotified && notifications.length === version / 2) return [];
    return [`is ${state} after ${counted(version, 'event')}, but its consumer was notified of ${notifications.join(', ') || 'nothing'}`];
  },
};

const checks: readonly Check[] = [
  ticketCheck,
  authorizationCheck,
  deliveryCheck,
  handoverCheck,
  captureCheck,
  historyCheck,
  historyOfPart('kitchen-service', ({ ticket }, { events }) => same('number of events of the ticket', ticket?.version ?? 0, events.ticket)),
  historyOfPart('delivery-service', ({ delivery }, { events, deliveryStatus }) => [
    ...same('delivery', delivery?.state ?? 'PENDING', deliveryStatus),
    ...same('number of events of the delivery', delivery?.version ?? 0, events.delivery),
  ]),
  historyOfPart('accounting-service', ({ authorization }, view) =>
    same('authorisation', statement(authorization), statement(view.authorization)),
  ),
  notificationCheck,
];

const statement = (held: { readonly state: string; readonly amount: number } | undefined): string =>
  held ? `${held.state} ${money(held.amount)}` : 'none';

const same = (what: string, actual: string | number, shown: string | number | undefined): string[] =>
  actual === shown ? [] : [`${what}: ${actual}; in its history: ${shown ?? 'unknown'}`];

const textOf = (lines: Lines): string =>
  lines
    .map(({ menuItemId, quantity }) => `${quantity} × ${menuItemId}`)
    .toSorted()
    .join(', ');

const difference = (where: string, lines: Lines, others: Lines): string[] =>
  textOf(lines) === textOf(others) ? [] : [`lines: ${textOf(lines)}; in ${where}: ${textOf(others) || 'none'}`];
