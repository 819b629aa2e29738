import { between, type CommandExample } from '../example.js';
import { anyNumberText, anyText } from '../json.js';
import { naanTicketLine, ticketLine, unknownId, usd } from '../samples.js';
import { aConsumer, noConsumer } from '../states.js';

/** The commands that the sagas send to their participants, and the replies with which they continue. */
const consumer = between('order-service', 'consumer-service');
const kitchen = between('order-service', 'kitchen-service');
const accounting = between('order-service', 'accounting-service');

const createOrder = (step: string) => ({ name: 'create-order', step }) as const;
const cancelOrder = (step: string) => ({ name: 'cancel-order', step }) as const;
const reviseOrder = (step: string) => ({ name: 'revise-order', step }) as const;

const done = { reply: () => ({}) };

const toConsumer = [
  ...[
    { name: 'a consumer may order', ...aConsumer, outcome: done },
    { name: 'an unknown consumer may not order', ...noConsumer, outcome: { refusal: 'CONSUMER_NOT_FOUND' } },
  ].map((example) =>
    consumer.command('ValidateOrderByConsumer', {
      ...example,
      ids: { order: 17, ...example.ids },
      saga: createOrder('validate consumer'),
      key: (ids) => ids.consumer,
      payload: (ids) => ({ consumerId: String(ids.consumer), orderId: String(ids.order), orderTotal: usd(6170) }),
    }),
  ),
  ...['APPROVED', 'REJECTED', 'CANCELLED', 'REVISED', 'REFUSED'].map((kind) =>
    consumer.command('NotifyConsumer', {
      name: `a consumer is notified: ${kind}`,
      given: 'the consumer Ada',
      ids: { order: 17, consumer: 7 },
      key: (ids) => ids.consumer,
      payload: (ids) => ({
        consumerId: String(ids.consumer),
        orderId: String(ids.order),
        kind: `NOTIFICATION_KIND_${kind}`,
        text: anyText(`Your order has been ${kind}.`),
      }),
    }),
  ),
];

const newTicket = { given: 'a restaurant that Kitchen knows', ids: { order: 17, restaurant: 3, sequence: 1 } };
const ticketOf = ({ order, restaurant }: { order: number; restaurant: number }) => ({
  orderId: String(order),
  restaurantId: String(restaurant),
});
const byOrder = ({ order }: { order: number }) => order;
const ticketIn = (given: string) => ({ given, ids: { order: 17, restaurant: 3 }, key: byOrder });

const toKitchen = [
  ...[
    { ...newTicket, name: 'an order becomes a ticket', outcome: { reply: (ids: { order: number }) => ({ ticketId: String(ids.order) }) } },
    {
      name: 'an order from an unknown restaurant gets no ticket',
      given: 'no such restaurant',
      ids: { ...newTicket.ids, restaurant: unknownId },
      outcome: { refusal: 'RESTAURANT_NOT_KNOWN' },
    },
    {
      ...newTicket,
      name: 'an item that was removed from the menu gets no ticket',
      given: 'a restaurant that Kitchen knows, without vindaloo',
      outcome: { refusal: 'MENU_ITEM_NOT_OFFERED' },
    },
  ].map((example) =>
    kitchen.command('CreateTicket', {
      ...example,
      saga: createOrder('create ticket'),
      key: byOrder,
      payload: (ids) => ({ ...ticketOf(ids), restaurantSequence: String(ids.sequence), lineItems: [ticketLine] }),
    }),
  ),
  kitchen.command('ConfirmCreateTicket', {
    ...ticketIn('a ticket that was created'),
    name: 'a ticket is confirmed',
    saga: createOrder('confirm ticket'),
    payload: ({ order }) => ({ ticketId: String(order) }),
    outcome: done,
  }),
  kitchen.command('CancelCreateTicket', {
    ...ticketIn('a ticket that was created'),
    name: 'a ticket is withdrawn',
    saga: createOrder('create ticket:undo'),
    payload: ({ order }) => ({ ticketId: String(order) }),
    outcome: done,
  }),
  ...[
    { ...ticketIn('a ticket that was accepted'), name: 'a ticket can be cancelled before preparation', outcome: done },
    {
      ...ticketIn('a ticket that is being prepared'),
      name: 'a ticket cannot be cancelled during preparation',
      outcome: { refusal: 'TICKET_NOT_CANCELLABLE' },
    },
  ].map((example) => kitchen.command('BeginCancelTicket', { ...example, saga: cancelOrder('begin cancel ticket'), payload: ticketOf })),
  kitchen.command('ConfirmCancelTicket', {
    ...ticketIn('a ticket that is being cancelled'),
    name: 'a ticket is cancelled',
    saga: cancelOrder('confirm cancel ticket'),
    payload: ticketOf,
    outcome: done,
  }),
  kitchen.command('UndoBeginCancelTicket', {
    ...ticketIn('a ticket that is being cancelled'),
    name: 'a cancellation is undone',
    saga: cancelOrder('begin cancel ticket:undo'),
    payload: ticketOf,
    outcome: done,
  }),
  ...[
    { ...ticketIn('a ticket that was accepted'), name: 'a ticket can be revised before preparation', outcome: done },
    {
      ...ticketIn('a ticket that is being prepared'),
      name: 'a ticket cannot be revised during preparation',
      outcome: { refusal: 'TICKET_NOT_REVISABLE' },
    },
  ].map((example) =>
    kitchen.command('BeginReviseTicket', {
      ...example,
      saga: reviseOrder('begin revise ticket'),
      payload: (ids) => ({ ...ticketOf(ids), lineItems: [ticketLine, naanTicketLine] }),
    }),
  ),
  kitchen.command('ConfirmReviseTicket', {
    ...ticketIn('a ticket that is being revised'),
    name: 'a ticket is revised',
    saga: reviseOrder('confirm revise ticket'),
    payload: ticketOf,
    outcome: done,
  }),
  kitchen.command('UndoBeginReviseTicket', {
    ...ticketIn('a ticket that is being revised'),
    name: 'a revision is undone',
    saga: reviseOrder('begin revise ticket:undo'),
    payload: ticketOf,
    outcome: done,
  }),
];

const ofAda = { order: 17, consumer: 7 };
const byConsumer = ({ consumer: id }: { consumer: number }) => id;
const charge = (ids: { order: number; consumer: number }) => ({ consumerId: String(ids.consumer), orderId: String(ids.order) });

const toAccounting = [
  ...[
    { given: 'the account of Ada', name: 'a card is authorised', outcome: { reply: () => ({ authorizationId: anyNumberText(5) }) } },
    { given: 'a disabled account', name: 'a card of a disabled account is declined', outcome: { refusal: 'ACCOUNT_DISABLED' } },
    { given: 'an account with a limit of 61.69', name: 'a card over its limit is declined', outcome: { refusal: 'CREDIT_LIMIT_EXCEEDED' } },
    { given: 'no such account', name: 'a card without an account is declined', outcome: { refusal: 'ACCOUNT_NOT_FOUND' } },
  ].map(({ given, ...example }) =>
    accounting.command('AuthorizeCard', {
      ...example,
      given,
      ids: given === 'no such account' ? { ...ofAda, consumer: unknownId } : ofAda,
      saga: createOrder('authorize card'),
      key: byConsumer,
      payload: (ids) => ({ ...charge(ids), orderTotal: usd(6170) }),
    }),
  ),
  ...[
    { given: 'an authorised order', name: 'an authorisation is revised', outcome: done },
    {
      given: 'an authorised order of a disabled account',
      name: 'an authorisation cannot be revised while the account is disabled',
      outcome: { refusal: 'ACCOUNT_DISABLED' },
    },
    {
      given: 'an authorised order at the limit of its account',
      name: 'an authorisation cannot be revised over the limit',
      outcome: { refusal: 'CREDIT_LIMIT_EXCEEDED' },
    },
  ].map((example) =>
    accounting.command('ReviseAuthorization', {
      ...example,
      ids: ofAda,
      saga: reviseOrder('revise authorization'),
      key: byConsumer,
      payload: (ids) => ({ ...charge(ids), orderTotal: usd(6420) }),
    }),
  ),
  ...[cancelOrder('reverse authorization'), createOrder('authorize card:undo')].map((saga) =>
    accounting.command('ReverseAuthorization', {
      name: `an authorisation is reversed by ${saga.name}`,
      given: 'an authorised order',
      ids: ofAda,
      saga,
      key: byConsumer,
      payload: charge,
      outcome: done,
    }),
  ),
];

export const commandsOfOrderService: readonly CommandExample[] = [...toConsumer, ...toKitchen, ...toAccounting];
