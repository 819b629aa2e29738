export { deadline } from './call/deadline.js';
export { type CallPolicies, type CallPolicy, callPoliciesField, callPolicy } from './client/call-policy.js';
export { countFallback } from './client/dependency-metrics.js';
export { type GrpcClient, grpcClient } from './client/grpc-client.js';
export { grpcProxy } from './client/grpc-proxy.js';
export { DependenciesModule } from './dependencies/dependencies.module.js';
export { GrpcServer, type GrpcServerOptions, grpcServerOptions } from './server/grpc-server.js';
export { Rpc } from './server/rpc.decorator.js';
