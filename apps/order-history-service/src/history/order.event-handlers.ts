import {
  OrderAuthorized,
  OrderCancelled,
  OrderCancelRejected,
  OrderCancelRequested,
  OrderCreated,
  OrderRejected,
  OrderRevised,
  OrderRevisionProposed,
  OrderRevisionRejected,
} from '@ftgo/contracts/order';
import { consumerId, restaurantId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { OrderHistory } from './order-history.js';

@Injectable()
export class OrderEventHandlers {
  constructor(private readonly history: OrderHistory) {}

  @HandlesEvent(OrderCreated)
  async beginHistoryWhenOrderCreated(order: OrderCreated, message: IncomingMessage): Promise<void> {
    this.history.note('order', message, {
      consumerId: consumerId(order.consumerId),
      restaurantId: restaurantId(order.restaurantId),
      restaurantName: order.restaurantName,
      lineItems: order.lineItems,
      orderTotal: order.orderTotal,
      status: 'APPROVAL_PENDING',
      createdAt: message.time,
    });
  }

  @HandlesEvent(OrderAuthorized, OrderCancelRejected, OrderRevisionRejected)
  async showApproved(_: object, message: IncomingMessage): Promise<void> {
    this.history.note('order', message, { status: 'APPROVED' });
  }

  @HandlesEvent(OrderRejected)
  async showRejected(_: OrderRejected, message: IncomingMessage): Promise<void> {
    this.history.note('order', message, { status: 'REJECTED' });
  }

  @HandlesEvent(OrderCancelRequested)
  async showThatCancelIsPending(_: OrderCancelRequested, message: IncomingMessage): Promise<void> {
    this.history.note('order', message, { status: 'CANCEL_PENDING' });
  }

  @HandlesEvent(OrderCancelled)
  async showCancelled(_: OrderCancelled, message: IncomingMessage): Promise<void> {
    this.history.note('order', message, { status: 'CANCELLED' });
  }

  @HandlesEvent(OrderRevisionProposed)
  async showThatRevisionIsPending(_: OrderRevisionProposed, message: IncomingMessage): Promise<void> {
    this.history.note('order', message, { status: 'REVISION_PENDING' });
  }

  @HandlesEvent(OrderRevised)
  async showRevisedLines({ lineItems, orderTotal }: OrderRevised, message: IncomingMessage): Promise<void> {
    this.history.note('order', message, { status: 'APPROVED', lineItems, orderTotal });
  }
}
