/** Each side pings the other, so that a connection that has fallen silent is given up after 13 s. */
export const keepalive = {
  'grpc.keepalive_time_ms': 8_000,
  'grpc.keepalive_timeout_ms': 5_000,
} as const;
