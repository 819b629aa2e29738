import type { Picture } from './picture.js';

/** Violated invariants of orders, tickets, sagas and notifications, once no message is in flight. */
export const businessViolations = (picture: Picture): string[] => [
  ...ordersAndTickets(picture),
  ...authorizations(picture),
  ...captures(picture),
  ...sagas(picture),
  ...notifications(picture),
  ...replicas(picture),
];

const settled = ['APPROVED', 'REJECTED', 'CANCELLED'];
/** The state of the ticket of a rejected or cancelled order. */
const ticketOfEnded: Readonly<Record<string, string>> = { REJECTED: 'CREATION_CANCELLED', CANCELLED: 'CANCELLED' };

function ordersAndTickets({ orders, tickets }: Picture): string[] {
  const ticketOf = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  const known = new Set(orders.map(({ id }) => id));
  const strays = tickets.filter(({ id }) => !known.has(id)).map(({ id }) => `ticket ${id} belongs to no order`);
  return [...strays, ...orders.flatMap(({ id, state, version }) => violation(id, state, version))];

  function violation(id: number, state: string, version: number): string[] {
    const ticket = ticketOf.get(id);
    if (!settled.includes(state)) return [`order ${id} is ${state}`];
    // Created, then authorized or rejected; each later change has two events.
    const isWhole = state === 'REJECTED' ? version === 2 : version % 2 === 0;
    const events = isWhole ? [] : [`order ${id} is ${state} after ${version} events`];
    const ended = ticketOfEnded[state];
    if (ended !== undefined) {
      const isRight = ticket ? ticket.state === ended : state === 'REJECTED';
      return [...events, ...(isRight ? [] : [`order ${id} is ${state}, but its ticket is ${ticket?.state ?? 'missing'}`])];
    }
    if (!ticket) return [...events, `order ${id} is APPROVED, but has no ticket`];
    const isActive = !['CREATE_PENDING', 'CREATION_CANCELLED', 'CANCEL_PENDING', 'CANCELLED', 'REVISION_PENDING'].includes(ticket.state);
    return [...events, ...(isActive ? [] : [`order ${id} is APPROVED, but its ticket is ${ticket.state}`])];
  }
}

/** The total of each approved order, and of no other, is authorised or captured. */
function authorizations({ orders, authorizations }: Picture): string[] {
  const open = new Map(authorizations.filter(({ state }) => state !== 'REVERSED').map((held) => [held.order_id, held]));
  return orders.flatMap(({ id, consumer_id, state, total }) => {
    const held = open.get(id);
    if (state in ticketOfEnded) return held ? [`order ${id} is ${state}, but ${held.amount} is authorised`] : [];
    if (state !== 'APPROVED') return [];
    if (held?.amount === total && held.account_id === consumer_id) return [];
    return [`order ${id} is APPROVED with a total of ${total}, but ${held?.amount ?? 'nothing'} is authorised`];
  });
}

/** The authorisation of each delivered order, and of no other, is captured. */
function captures({ deliveries, authorizations }: Picture): string[] {
  const stateOf = new Map(authorizations.map(({ order_id, state }) => [order_id, state]));
  const delivered = new Set(deliveries.filter(({ state }) => state === 'DELIVERED').map(({ id }) => id));
  return [
    ...[...delivered]
      .filter((id) => stateOf.get(id) !== 'CAPTURED')
      .map((id) => `order ${id} was delivered, but its authorisation is ${stateOf.get(id) ?? 'missing'}`),
    ...authorizations
      .filter(({ order_id, state }) => state === 'CAPTURED' && !delivered.has(order_id))
      .map(({ order_id }) => `the authorisation of order ${order_id} is captured, but the order is not delivered`),
  ];
}

function sagas({ sagas, orders, openDeadlines }: Picture): string[] {
  const open = sagas.filter(({ status }) => status !== 'COMPLETED' && status !== 'ROLLED_BACK');
  const violations = open.map(({ id, status, step, problem }) => `saga ${id} is ${status} at "${step}"${problem ? `: ${problem}` : ''}`);
  const expected = orders.reduce((count, { version }) => count + version / 2, 0);
  if (sagas.length !== expected)
    violations.push(`the orders were created and changed ${expected} times, but there are ${sagas.length} sagas`);
  if (open.length === 0 && openDeadlines > 0) violations.push(`${openDeadlines} deadlines are left over`);
  return violations;
}

/** Only the inbox prevents a notification from being stored twice, so this shows every duplicate or lost effect. */
function notifications({ notifications, orders, consumers }: Picture): string[] {
  const kindsOf = new Map(notifications.map(({ order_id, kinds }) => [order_id, kinds]));
  return orders
    .filter(({ consumer_id, state }) => consumers.has(consumer_id) && settled.includes(state))
    .flatMap(({ id, state, version }) => {
      const kinds = kindsOf.get(id) ?? [];
      const first = state === 'REJECTED' ? 'REJECTED' : 'APPROVED';
      const isNotified = kinds.length === version / 2 && kinds.includes(first) && (state !== 'CANCELLED' || kinds.includes('CANCELLED'));
      return isNotified ? [] : [`order ${id} is ${state}, but its consumer was notified of: ${kinds.join(', ') || 'nothing'}`];
    });
}

function replicas({ replicas, restaurants }: Picture): string[] {
  return Object.entries(replicas).flatMap(([app, rows]) => {
    const known = new Map(rows.map(({ id, sequence }) => [id, sequence]));
    return [...restaurants]
      .filter(([id, version]) => known.get(id) !== version)
      .map(([id, version]) => `${app} knows change ${known.get(id) ?? 'no'} of restaurant ${id}, which has ${version}`);
  });
}
