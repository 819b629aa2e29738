/** The response of an app at `/health/ready`. */
export interface AppHealth {
  readonly status: 'up' | 'degraded' | 'down';
  /** `ready` or the reason, by part. */
  readonly parts: Readonly<Record<string, string>>;
  /** The failing parts without which requests can still be served. */
  readonly degraded?: Readonly<Record<string, string>>;
}

/** The health of the app at `url`. Rejects if it does not respond in time, or with anything else. */
export async function healthAt(url: string, withinMs: number): Promise<AppHealth> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(withinMs) });
  const { status, parts = {}, degraded } = (await response.json()) as Partial<AppHealth>;
  if (status === undefined) throw new Error(`invalid response from ${url}/health/ready: it has no status (HTTP ${response.status})`);
  return { status, parts, ...(degraded ? { degraded } : {}) };
}

/**
 * Whether the app has started all its work. The publishing of its outbox is excluded, since the relay has its own health: a
 * service that is started while the relay is stopped has started.
 */
export const hasStarted = ({ status, degraded = {} }: AppHealth): boolean =>
  status !== 'down' && Object.keys(degraded).every((part) => part === 'outbox');

/**
 * The reasons of the failing parts, in one line. If the app cannot serve requests, only those because of which it cannot: a
 * database that is down makes more parts fail. The parts of a relay are its databases, which often share a reason.
 */
export function reasonIn({ status, parts, degraded = {} }: AppHealth): string {
  const failing = Object.keys(parts).filter((part) => parts[part] !== 'ready' && !(status === 'down' && part in degraded));
  const reasons = [...Map.groupBy(failing, (part) => parts[part])].map(([reason, names]) => `${names.join(', ')}: ${reason}`);
  return reasons.join('; ').replaceAll(/\s+/g, ' ') || 'no reason reported';
}
