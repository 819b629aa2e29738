import { replay } from '@ftgo/messaging';
import type { StruckMessage } from '@ftgo/messaging/operations';
import { nestLogger } from '@ftgo/messaging-nest';
import { type Rebuild, type RebuildResult, Replica } from './replica.js';

export interface TopicReplicaOptions {
  readonly name: string;
  readonly topic: string;
  readonly gaps: () => number;
  /** Deletes its rows of these aggregates, in the open transaction. */
  readonly forget?: (subjects: readonly string[]) => Promise<void>;
}

/** A replica that the service's own handlers build from one topic, and repair when they process all of its events again. */
export class TopicReplica extends Replica {
  override readonly name: string;

  constructor(private readonly options: TopicReplicaOptions) {
    super();
    this.name = options.name;
  }

  override get gaps(): number {
    return this.options.gaps();
  }

  override async forget(struck: readonly StruckMessage[]): Promise<void> {
    const subjects = struck.filter(({ topic }) => topic === this.options.topic).map(({ subject }) => subject);
    if (subjects.length > 0) await this.options.forget?.(subjects);
  }

  override async rebuild({ supersede, ...rebuild }: Rebuild): Promise<RebuildResult> {
    const { topic } = this.options;
    return { ...(await replay({ ...rebuild, topic, onApplied: supersede, logger: nestLogger('Rebuild') })), topics: [topic] };
  }
}
