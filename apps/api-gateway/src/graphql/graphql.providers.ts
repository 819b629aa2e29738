import type { Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ServicesOfOrders } from '../orders/services-of-orders.js';
import { ServiceIdentity } from '../service-identity.js';
import { OpenStreams } from '../tracking/open-streams.js';
import { TrackingGateway } from '../tracking/tracking.gateway.js';
import { WebSocketOrigins } from '../tracking/web-socket-origins.js';
import { GraphQLGateway } from './graphql.gateway.js';
import { GraphQLOperations } from './graphql-operations.js';
import { Root } from './root.js';

export const graphqlProviders = ({ graphqlExplorer }: { readonly graphqlExplorer: boolean }): Provider[] => [
  Root,
  {
    provide: GraphQLOperations,
    inject: [Root, ServicesOfOrders, ServiceIdentity],
    useFactory: (root: Root, services: ServicesOfOrders, identity: ServiceIdentity) =>
      new GraphQLOperations(root, services, identity, graphqlExplorer),
  },
  {
    provide: GraphQLGateway,
    // TrackingGateway registers WebSockets first.
    inject: [HttpAdapterHost, GraphQLOperations, OpenStreams, WebSocketOrigins, TrackingGateway],
    useFactory: (...[adapter, operations, streams, origins]: ConstructorParameters<typeof GraphQLGateway>) =>
      new GraphQLGateway(adapter, operations, streams, origins),
  },
];
