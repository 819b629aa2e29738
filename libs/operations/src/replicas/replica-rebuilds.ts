import { DomainError } from '@ftgo/kernel';
import type { Transactions } from '@ftgo/messaging';
import { DeadLetterActions, type Operator, type OperatorAction, OperatorActions, StruckMessages } from '@ftgo/messaging/operations';
import { Logger } from '@nestjs/common';
import { isRebuilding, lockRebuild } from './rebuild-lock.js';
import { type Rebuild, type RebuildReport, type ReplayedService, type Replica, textOf } from './replica.js';

/** The service has no such replica. */
export class ReplicaNotFound extends DomainError {
  constructor(name: string, known: readonly string[]) {
    super(
      'REPLICA_NOT_FOUND',
      'not-found',
      `replica ${name} not found: ${known.length > 0 ? `expected one of ${known.join(', ')}` : 'this service has none'}`,
    );
  }
}

/** The replica is being rebuilt, by this or another process. */
export class RebuildRunning extends DomainError {
  constructor(name: string) {
    super('REBUILD_RUNNING', 'conflict', `replica ${name} is already being rebuilt`);
  }
}

/** A replica, as operators see it. */
export interface ReplicaStatus {
  readonly name: string;
  /** `failed`: the last rebuild did not succeed, or its process ended. The replica is served in any state. */
  readonly state: 'ready' | 'rebuilding' | 'failed';
  readonly gaps: number;
  /** Of a rebuild that runs in this process. */
  readonly progress?: RebuildReport | undefined;
  /** When the last successful rebuild ended. */
  readonly rebuiltAt?: Date | undefined;
  /** Rebuilds and how they ended, newest first. */
  readonly actions: readonly OperatorAction[];
}

export interface RebuildRequest {
  readonly operator: Operator;
  readonly reason: string;
  readonly onProgress?: (report: RebuildReport) => void;
}

export interface ReplicaRebuildsOptions {
  readonly replicas: () => readonly Replica[];
  readonly service: () => ReplayedService;
  /** Called when dead letters were changed. */
  readonly onDeadLetters?: () => void;
}

/** A dead letter has the time at which its transaction began. */
const longestTransactionMs = 60_000;

const [started, succeeded, failed] = ['replica.rebuild', 'replica.rebuilt', 'replica.rebuild-failed'];

/** Rebuilds replicas while they are served, one at a time each, and records who asked for it, why, and how it ended. */
export class ReplicaRebuilds {
  private readonly log = new Logger(ReplicaRebuilds.name);
  private readonly stopping = new AbortController();
  private readonly running = new Map<string, { progress: RebuildReport; ended: Promise<unknown> }>();
  private readonly actions: OperatorActions;
  private readonly letters: DeadLetterActions;
  private readonly struck: StruckMessages;

  constructor(
    private readonly transactions: Transactions,
    private readonly options: ReplicaRebuildsOptions,
  ) {
    this.actions = new OperatorActions(transactions);
    this.letters = new DeadLetterActions(transactions, this.actions);
    this.struck = new StruckMessages(transactions);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([...this.running.values()].map(({ ended }) => ended));
  }

  list(): Promise<ReplicaStatus[]> {
    return Promise.all(this.options.replicas().map((replica) => this.statusOf(replica)));
  }

  async get(name: string): Promise<ReplicaStatus> {
    return this.statusOf(this.find(name));
  }

  /** Resolves when the rebuild has started; it continues in the background. Throws ReplicaNotFound or RebuildRunning. */
  async start(name: string, request: RebuildRequest): Promise<void> {
    const { ended } = await this.begin(this.find(name), request);
    ended.catch((error: unknown) => this.log.error({ err: error, replica: name }, 'rebuild of a replica failed'));
  }

  /** Resolves when the replica is rebuilt. Throws ReplicaNotFound or RebuildRunning. */
  async run(name: string, request: RebuildRequest): Promise<RebuildReport> {
    const { ended } = await this.begin(this.find(name), request);
    return ended;
  }

  private find(name: string): Replica {
    const replicas = this.options.replicas();
    const found = replicas.find((replica) => replica.name === name);
    if (found) return found;
    throw new ReplicaNotFound(
      name,
      replicas.map((replica) => replica.name),
    );
  }

  private async begin(replica: Replica, request: RebuildRequest): Promise<{ readonly ended: Promise<RebuildReport> }> {
    const { name } = replica;
    const release = await lockRebuild(this.transactions, name);
    if (!release) throw new RebuildRunning(name);
    try {
      const since = await this.note(name, request.operator, started, request.reason);
      const ended = this.rebuildLocked(release, () => this.rebuild(replica, request, since), name);
      this.running.set(name, { progress: { handled: 0, skipped: 0 }, ended });
      return { ended };
    } catch (error) {
      await release();
      throw error;
    }
  }

  private async rebuildLocked(release: () => Promise<void>, rebuild: () => Promise<RebuildReport>, name: string): Promise<RebuildReport> {
    try {
      return await rebuild();
    } finally {
      this.running.delete(name);
      await release();
      this.options.onDeadLetters?.();
    }
  }

  private async rebuild(replica: Replica, { operator, reason, onProgress }: RebuildRequest, since: Date): Promise<RebuildReport> {
    const { name } = replica;
    const service = this.options.service();
    const superseded = `superseded by a rebuild of ${name}: ${reason}`;
    try {
      const [forgotten, isStruck] = await this.forgetStruck(replica);
      const { topics, ...report } = await replica.rebuild({
        ...service,
        isStruck,
        signal: this.stopping.signal,
        onProgress: (progress) => {
          Object.assign(this.running.get(name) ?? {}, { progress });
          onProgress?.(progress);
        },
        supersede: (ids) => this.letters.discardSuperseded(service.service, ids, operator, superseded),
      });
      // An event that the service could not handle meanwhile may have been read before: it is then old, and handled as such.
      const stored = { topics, since: new Date(since.getTime() - longestTransactionMs) };
      if (topics.length > 0) await this.letters.redrive(stored, operator, `stored during a rebuild of ${name}: ${reason}`);
      if (topics.length > 0) await this.struck.noteRebuilt(forgotten);
      await this.note(name, operator, succeeded, textOf(report));
      return report;
    } catch (error) {
      await this.note(name, operator, failed, String(error)).catch(() => undefined);
      throw error;
    }
  }

  /** Deletes what struck messages have changed; resolves to the ids of those, and to how to tell all struck messages from others. */
  private async forgetStruck(replica: Replica): Promise<[readonly string[], Rebuild['isStruck']]> {
    const [struck, isStruck] = [(await this.struck.list()).filter(({ rebuiltAt }) => !rebuiltAt), await this.struck.load()];
    if (struck.length > 0) await this.transactions.run(() => replica.forget(struck));
    return [struck.map(({ id }) => id), isStruck];
  }

  /** Records it; resolves to its time. */
  private note(name: string, operator: Operator, action: string, reason: string): Promise<Date> {
    return this.transactions.run(async (transaction) => {
      await this.actions.record(transaction, operator, { action, subjects: [subjectOf(name)], reason });
      const { rows } = await transaction.query<{ now: Date }>({ text: 'SELECT now()' });
      return rows[0]?.now as Date;
    });
  }

  private async statusOf({ name, gaps }: Replica): Promise<ReplicaStatus> {
    const actions = await this.actions.list({ subject: subjectOf(name), limit: 20 });
    const progress = this.running.get(name)?.progress;
    const isRunning = progress !== undefined || (await isRebuilding(this.transactions, name));
    const hasFailed = actions[0] !== undefined && actions[0].action !== succeeded;
    return {
      name,
      state: isRunning ? 'rebuilding' : hasFailed ? 'failed' : 'ready',
      gaps,
      progress,
      rebuiltAt: actions.find(({ action }) => action === succeeded)?.at,
      actions,
    };
  }
}

const subjectOf = (name: string): string => `replica/${name}`;
