import type { ProcessStatus } from './supervisor.js';

interface Waits {
  readonly status: () => Promise<readonly ProcessStatus[]>;
  readonly report: (line: string) => void;
  readonly everyMs?: number;
}

/** Reports why processes are not ready yet, each reason once, while the work is in progress. */
export async function reportingWaits<Result>({ status, report, everyMs = 10_000 }: Waits, work: () => Promise<Result>): Promise<Result> {
  const reported = new Set<string>();
  const look = async () => {
    for (const { name, reason } of await status()) {
      const line = `${name} is not ready: ${reason}`;
      if (reason === undefined || reported.has(line)) continue;
      reported.add(line);
      report(line);
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
