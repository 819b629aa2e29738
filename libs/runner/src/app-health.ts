/** What an app answers at `/health/ready`. */
export interface AppHealth {
  readonly status: 'up' | 'degraded' | 'down';
  /** For each part: `ready`, or why not. */
  readonly parts: Readonly<Record<string, string>>;
  /** The parts that fail and without which requests are served all the same. */
  readonly degraded?: Readonly<Record<string, string>>;
}

/** How the app at `url` is doing. Rejects when it does not answer within the time, or with something else. */
export async function healthAt(url: string, withinMs: number): Promise<AppHealth> {
  const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(withinMs) });
  const { status, parts = {}, degraded } = (await response.json()) as Partial<AppHealth>;
  if (status === undefined) throw new Error(`${url}/health/ready answered ${response.status} without a status`);
  return { status, parts, ...(degraded ? { degraded } : {}) };
}

/**
 * True when the app has begun all its work. An outbox that is not published is the relay's doing, whose own health says so:
 * a service that is started while the relay is stopped has started.
 */
export const hasStarted = ({ status, degraded = {} }: AppHealth): boolean =>
  status !== 'down' && Object.keys(degraded).every((part) => part === 'outbox');
