import { checkInvariants, type HttpSystem, type Report } from '@ftgo/invariants';

/** Compares what the services know; one comparison at a time, since it reads much. */
export class InvariantsQuery {
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly system: HttpSystem) {}

  check(settleSeconds: number): Promise<Report> {
    const report = this.running.then(() => checkInvariants(this.system, { settleMs: settleSeconds * 1_000 }));
    this.running = report.catch(() => undefined);
    return report;
  }
}
