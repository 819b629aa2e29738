export { deadline } from './call/deadline.js';
export { type GrpcClient, grpcClient } from './client/grpc-client.js';
export { grpcProxy } from './client/grpc-proxy.js';
export { GrpcServer, type GrpcServerOptions, grpcServerOptions } from './server/grpc-server.js';
export { Rpc } from './server/rpc.decorator.js';
