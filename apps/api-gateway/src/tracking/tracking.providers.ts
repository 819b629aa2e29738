import type { Broker } from '@ftgo/messaging/broker';
import { ReadinessCheck } from '@ftgo/platform';
import type { Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LiveOrders } from './live-orders.js';
import { OpenStreams, type StreamTimes } from './open-streams.js';
import { OrderTracking } from './order-tracking.js';
import { TrackingGateway } from './tracking.gateway.js';
import { WebSocketOrigins } from './web-socket-origins.js';

/** Not configured: tests do not wait as long as clients do. */
export interface TrackingTimes {
  readonly streamTimes?: StreamTimes | undefined;
}

interface TrackingOptions extends TrackingTimes {
  readonly trackingMaxConnections: number;
  readonly corsOrigins?: readonly string[] | undefined;
}

export const trackingProviders = (options: TrackingOptions, broker: Broker | Promise<Broker>): Provider[] => [
  { provide: LiveOrders, useFactory: async () => new LiveOrders(await broker) },
  OrderTracking,
  {
    provide: OpenStreams,
    inject: [ReadinessCheck, LiveOrders],
    useFactory: (readiness: ReadinessCheck, orders: LiveOrders) =>
      new OpenStreams(options.trackingMaxConnections, readiness, orders, options.streamTimes),
  },
  { provide: WebSocketOrigins, useValue: new WebSocketOrigins(options.corsOrigins ?? []) },
  {
    provide: TrackingGateway,
    inject: [HttpAdapterHost, OrderTracking, OpenStreams, WebSocketOrigins],
    useFactory: (...parts: ConstructorParameters<typeof TrackingGateway>) => new TrackingGateway(...parts),
  },
];
