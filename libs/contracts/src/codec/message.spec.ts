import { create, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import { Money } from '@ftgo/kernel';
import { jsonContentType, protobufContentType } from '@ftgo/messaging';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { CreateTicketSchema } from '../gen/ftgo/kitchen/v1/commands_pb.js';
import { TicketAcceptedSchema } from '../gen/ftgo/kitchen/v1/events_pb.js';
import { TicketSchema } from '../gen/ftgo/kitchen/v1/ticket_pb.js';
import { OrderCreatedSchema } from '../gen/ftgo/order/v1/events_pb.js';
import { RestaurantMenuRevisedSchema } from '../gen/ftgo/restaurant/v1/events_pb.js';
import { ConfirmCreateTicket, CreateTicket, type CreateTicketReply, TicketAccepted } from '../kitchen.js';
import { OrderCreated } from '../order.js';
import { RestaurantMenuRevised } from '../restaurant.js';
import { InvalidPayload } from './invalid-payload.js';
import { message } from './message.js';

const json = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

const chickenVindaloo = { menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 };
const ticket: CreateTicket = { orderId: 17, restaurantId: 3, restaurantSequence: 2, lineItems: [chickenVindaloo] };
const order: OrderCreated = {
  consumerId: 1,
  restaurantId: 3,
  restaurantName: 'Ajanta',
  lineItems: [{ ...chickenVindaloo, price: Money.of('12.34') }],
  orderTotal: Money.of('61.70'),
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  deliveryTime: new Date('2026-11-21T19:30:00.250Z'),
};

describe('a message in JSON', () => {
  test('is written as ProtoJSON', () => {
    expect(JSON.parse(CreateTicket.payload.encode(ticket, jsonContentType).toString())).toEqual({
      orderId: '17',
      restaurantId: '3',
      restaurantSequence: '2',
      lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }],
    });
    expect(JSON.parse(OrderCreated.payload.encode(order, jsonContentType).toString())).toEqual({
      consumerId: '1',
      restaurantId: '3',
      restaurantName: 'Ajanta',
      lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', price: { currencyCode: 'USD', minorUnits: '1234' }, quantity: 5 }],
      orderTotal: { currencyCode: 'USD', minorUnits: '6170' },
      deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
      deliveryTime: '2026-11-21T19:30:00.250Z',
    });
  });

  test('accepts ids as numbers, field names from proto/, and properties that a newer sender added', () => {
    const newer = { order_id: 17, restaurantId: '3', restaurantSequence: 2, lineItems: [{ ...chickenVindaloo, spicy: true }], tip: '1.00' };
    expect(CreateTicket.payload.decode(json(newer), jsonContentType)).toEqual(ticket);
  });

  test.each([
    ['not JSON', '{"orderId":'],
    ['not an object', '[]'],
    ['an id that is not a number', '{"orderId":"seventeen"}'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('is rejected if it is %s', (_what, text) => {
    const bytes = typeof text === 'string' ? json(text) : text;
    expect(() => CreateTicket.payload.decode(bytes, jsonContentType)).toThrow(InvalidPayload);
  });

  test('is rejected without quoting its content, since reasons are logged and shown', () => {
    const refusal = () => CreateTicket.payload.decode(Buffer.from('9 Amazing View'), jsonContentType);
    expect(refusal).toThrow('not valid JSON');
    expect(refusal).toThrow(expect.not.objectContaining({ cause: expect.anything() as unknown }));
  });
});

describe('a message in protobuf', () => {
  test('can be read by any protobuf library', () => {
    const bytes = CreateTicket.payload.encode(ticket, protobufContentType);
    expect(toJson(CreateTicketSchema, fromBinary(CreateTicketSchema, bytes))).toEqual(
      toJson(CreateTicketSchema, fromJson(CreateTicketSchema, JSON.parse(CreateTicket.payload.encode(ticket, jsonContentType).toString()))),
    );
  });

  test('ignores fields that a newer sender added', () => {
    const unknownField = Buffer.from([0xfa, 0x3e, 0x01, 0x41]); // number 1007, one byte
    const bytes = Buffer.concat([CreateTicket.payload.encode(ticket, protobufContentType), unknownField]);
    expect(CreateTicket.payload.decode(bytes, protobufContentType)).toEqual(ticket);
  });

  test('is rejected if it is truncated', () => {
    const bytes = CreateTicket.payload.encode(ticket, protobufContentType);
    expect(() => CreateTicket.payload.decode(bytes.subarray(0, bytes.length - 3), protobufContentType)).toThrow(InvalidPayload);
  });
});

describe('plain values', () => {
  test('are numbers, money, dates, and undefined for absent fields', () => {
    const received = OrderCreated.payload.decode(OrderCreated.payload.encode(order, protobufContentType), protobufContentType);
    expect(received).toEqual(order);
    expect(received.orderTotal).toBeInstanceOf(Money);
    expect(received.deliveryTime).toBeInstanceOf(Date);
    expect(received.deliveryAddress.street2).toBeUndefined();
    expectTypeOf(received.deliveryAddress.street2).toEqualTypeOf<string | undefined>();
    expectTypeOf<CreateTicketReply>().toEqualTypeOf<{ readonly ticketId: number }>();
  });

  test('have enum values by name, with UNSPECIFIED for an unknown one', () => {
    const Ticket = message(TicketSchema);
    const accepted = { ticketId: 1, restaurantId: 2, state: 'ACCEPTED', lineItems: [] } as const;
    expect(JSON.parse(Ticket.encode(accepted, jsonContentType).toString())).toMatchObject({ state: 'TICKET_STATE_ACCEPTED' });
    expect(Ticket.decode(Ticket.encode(accepted, protobufContentType), protobufContentType)).toEqual(accepted);
    expect(Ticket.decode(json({ state: 'TICKET_STATE_BURNT' }), jsonContentType).state).toBe('UNSPECIFIED');
    expect(Ticket.decode(json({ state: 99 }), jsonContentType).state).toBe('UNSPECIFIED');
  });

  test.each([9_007_199_254_740_992, -9_007_199_254_740_992, 1.5, Number.NaN])('reject %d as an id', (orderId) => {
    expect(() => CreateTicket.payload.encode({ ...ticket, orderId }, jsonContentType)).toThrow('orderId must be an integer between');
  });

  test('reject an id that a number cannot represent, from JSON and from protobuf', () => {
    expect(() => CreateTicket.payload.decode(json({ orderId: '9007199254740993' }), jsonContentType)).toThrow(InvalidPayload);
    const bytes = message(CreateTicketSchema).encode({ ...ticket, orderId: Number.MAX_SAFE_INTEGER }, protobufContentType);
    expect(CreateTicket.payload.decode(bytes, protobufContentType).orderId).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => CreateTicket.payload.decode(json('{"orderId":9007199254740993}'), jsonContentType)).toThrow(InvalidPayload);
  });

  const moments = message(TicketAcceptedSchema);
  const moment = (seconds: bigint, nanos = 0) =>
    toBinary(TicketAcceptedSchema, create(TicketAcceptedSchema, { readyBy: { seconds, nanos } }));

  test.each([
    ['before the year 1', -62_135_596_801n, 0],
    ['after the year 9999', 253_402_300_800n, 0],
    ['with more than a second of nanoseconds', 1n, 1_000_000_000],
    ['with negative nanoseconds', 1n, -1],
  ])('reject a date %s, which JSON cannot represent', (_what, seconds, nanos) => {
    expect(() => moments.decode(Buffer.from(moment(seconds, nanos)), protobufContentType)).toThrow('readyBy must be a date');
  });

  test('truncate a date to milliseconds, up to the end of the year 9999', () => {
    const last = moments.decode(Buffer.from(moment(253_402_300_799n, 999_999_999)), protobufContentType);
    expect(last).toEqual({ readyBy: new Date('9999-12-31T23:59:59.999Z') });
    expect(moments.decode(moments.encode(last, jsonContentType), jsonContentType)).toEqual(last);
    const first = moments.decode(Buffer.from(moment(-62_135_596_800n, 1)), protobufContentType);
    expect(first).toEqual({ readyBy: new Date('0001-01-01T00:00:00.000Z') });
  });

  test('reject a date after the year 9999', () => {
    const late = { readyBy: new Date(253_402_300_800_000) };
    expect(() => TicketAccepted.payload.encode(late, protobufContentType)).toThrow('readyBy must be a date');
  });

  test('report which field is invalid', () => {
    const menu = { menuItems: [{ id: '1', name: 'Naan', price: Money.of('2.00') }, { id: '2', name: 'Water' } as never] };
    const revised = { name: 'Ajanta', address: order.deliveryAddress, menu };
    expect(() => RestaurantMenuRevised.payload.encode(revised, jsonContentType)).toThrow(
      'invalid ftgo.restaurant.v1.RestaurantMenuRevised: menu.menuItems[1].price is missing',
    );
    expect(() => OrderCreated.payload.decode(json({ consumerId: '1' }), jsonContentType)).toThrow('orderTotal is missing');
    expect(() => TicketAccepted.payload.encode({ readyBy: new Date('never') }, jsonContentType)).toThrow('readyBy must be a date');
    const rupees = { ...JSON.parse(OrderCreated.payload.encode(order, jsonContentType).toString()), orderTotal: { minorUnits: '1' } };
    expect(() => OrderCreated.payload.decode(json(rupees), jsonContentType)).toThrow('orderTotal has no currency');
  });

  test('can be undefined for an empty message', () => {
    const reply = ConfirmCreateTicket.reply;
    expect(reply?.encode(undefined, jsonContentType).toString()).toBe('{}');
    expect(reply?.encode(undefined, protobufContentType)).toHaveLength(0);
  });
});

test('a message type includes its contract and version', () => {
  expect(CreateTicket.payload.typeName).toBe('ftgo.kitchen.v1.CreateTicket');
  expect(CreateTicket.payload.dataSchema).toBe('proto:ftgo.kitchen.v1.CreateTicket');
});

test('decoded messages have no fields of protobuf-es', () => {
  const revised = message(RestaurantMenuRevisedSchema).decode(
    json(toJson(RestaurantMenuRevisedSchema, create(RestaurantMenuRevisedSchema, { name: 'A', address: {}, menu: {} }))),
    jsonContentType,
  );
  expect(Object.keys(revised)).toEqual(['name', 'address', 'menu']);
  expect(OrderCreatedSchema.typeName).toBe(OrderCreated.payload.typeName);
});
