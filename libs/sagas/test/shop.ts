import { Money } from '@ftgo/kernel';
import {
  type CommandChannel,
  type CommandType,
  command,
  commandChannel,
  type PayloadType,
  type Refusal,
  replyChannel,
} from '@ftgo/messaging';
import { saga } from '../src/index.js';

/** A JSON payload with required fields. */
export function payload<Payload extends object>(typeName: string, ...fields: Array<keyof Payload & string>): PayloadType<Payload> {
  const checked = (value: object): Payload => {
    for (const field of fields) if (!(field in value)) throw new Error(`${typeName} needs ${field}`);
    return value as Payload;
  };
  return {
    typeName: `shop.v1.${typeName}`,
    dataSchema: `proto:shop.v1.${typeName}`,
    encode: (value) => Buffer.from(JSON.stringify(checked(value))),
    decode: (bytes) => checked(JSON.parse(bytes.toString()) as object),
  };
}

export const refusalType = payload<Refusal>('CommandRefused', 'code', 'detail');
export const replies = replyChannel('shop.place-order-saga.replies');
const stock = commandChannel('shop.stock.commands');
const bank = commandChannel('shop.bank.commands');

export interface About {
  readonly orderId: number;
}
const key = ({ orderId }: About) => orderId;
const about = (channel: CommandChannel, name: string, refusals: readonly string[] = []) =>
  command(channel, payload<About>(name, 'orderId'), { key, reply: payload<Record<string, never>>(`${name}Reply`), refusals });

export const CheckCustomer = about(bank, 'CheckCustomer', ['CUSTOMER_NOT_FOUND']);
export const Reserve: CommandType<About & { readonly items: number }, { readonly shelf: string }> = command(
  stock,
  payload<About & { readonly items: number }>('Reserve', 'orderId', 'items'),
  { key, reply: payload<{ readonly shelf: string }>('ReserveReply', 'shelf'), refusals: ['SOLD_OUT'] },
);
export const Release = about(stock, 'Release');
export const Pay = command(bank, payload<About & { readonly cents: number }>('Pay', 'orderId', 'cents'), {
  key,
  reply: payload<{ readonly receipt: number }>('PayReply', 'receipt'),
  refusals: ['NO_CREDIT'],
});
export const Refund = about(bank, 'Refund');
export const Ship = about(stock, 'Ship');
export const Newsletter = command(bank, payload<About>('Newsletter', 'orderId'), { key });
export const RevisePayment = about(bank, 'RevisePayment', ['NO_CREDIT']);

/** The service that owns the orders; its steps are run by the engine. */
export abstract class Orders {
  abstract approve(orderId: number, receipt: number | undefined): Promise<void>;
  abstract reject(orderId: number, refusal: Refusal): Promise<void>;
}

export interface PlaceOrder {
  readonly orderId: number;
  readonly items: number;
  readonly total: Money;
  readonly placedAt?: Date;
  readonly shelf?: string;
  readonly receipt?: number;
}

const order = ({ orderId }: PlaceOrder) => ({ orderId });
const goods = ({ orderId, items }: PlaceOrder) => ({ orderId, items });
const payment = ({ orderId, total }: PlaceOrder) => ({ orderId, cents: total.minorUnits });

// biome-ignore format: a line a step
export const placeOrderSaga = saga<PlaceOrder>('place-order', { version: 1, replies })
  .step('create order')  .done()                                                                  .undo(Orders, (orders, s) => orders.reject(s.orderId, s.refusal))
  .step('check customer').invoke(CheckCustomer, order)
  .step('reserve')       .invoke(Reserve, goods).onReply((_, { shelf }) => ({ shelf }))           .undo(Release, order)
  .step('pay')           .invoke(Pay, payment).onReply((_, { receipt }) => ({ receipt })).pivot().deadline('30s').undo(Refund, order)
  .step('ship')          .invoke(Ship, order)
  .step('approve order') .local(Orders, (orders, s) => orders.approve(s.orderId, s.receipt))
  .build();

// biome-ignore format: a line a step
export const revisePaymentSaga = saga<About>('revise-payment', { version: 1, replies })
  .step('begin')         .done().undo(Orders, (orders, s) => orders.reject(s.orderId, s.refusal))
  .step('revise payment').invoke(RevisePayment, ({ orderId }) => ({ orderId })).pivot().sendAgainWhenInDoubt()
  .step('ship')          .invoke(Ship, ({ orderId }) => ({ orderId }))
  .build();

export const placed: PlaceOrder = { orderId: 7, items: 2, total: Money.of('61.70'), placedAt: new Date('2026-01-02T03:04:05.678Z') };
