export { deadline } from './call/deadline.js';
export { type Calls, type GrpcClient, type GrpcClientOptions, grpcClient } from './client/grpc-client.js';
export { type GrpcProxy, grpcProxy } from './client/grpc-proxy.js';
export { RpcFailed } from './client/rpc-errors.js';
export { GrpcServer, type GrpcServerOptions, grpcServerOptions, PortTaken } from './server/grpc-server.js';
export { Rpc } from './server/rpc.decorator.js';
export { RpcErrorFilter } from './server/rpc-error.filter.js';
