import { Counter, Gauge, Histogram } from 'prom-client';

const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Calls that this process served. */
export const serverCalls = new Histogram({
  name: 'rpc_server_duration_seconds',
  help: 'Duration of gRPC calls served, by method and status',
  labelNames: ['rpc', 'code'],
  buckets,
});

/** Calls that this process made; each retry counts. */
export const clientCalls = new Histogram({
  name: 'rpc_client_duration_seconds',
  help: 'Duration of gRPC calls made, by method and status',
  labelNames: ['rpc', 'code'],
  buckets,
});

/** Streams of one side, by method: those open now, and the outcomes of those that have ended. */
const streams = (side: 'server' | 'client', what: string) => ({
  open: new Gauge({ name: `rpc_${side}_streams`, help: `Open gRPC streams ${what}, by method`, labelNames: ['rpc'] }),
  ended: new Counter({
    name: `rpc_${side}_streams_ended_total`,
    help: `gRPC streams ${what} that have ended, by method and status`,
    labelNames: ['rpc', 'code'],
  }),
});

export const serverStreams = streams('server', 'served');
export const clientStreams = streams('client', 'opened by this process');
