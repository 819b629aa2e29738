/** Each side pings the other, so that a silent connection is dropped after 13 s. */
export const keepalive = {
  'grpc.keepalive_time_ms': 8_000,
  'grpc.keepalive_timeout_ms': 5_000,
} as const;
