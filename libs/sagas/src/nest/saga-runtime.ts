import type { Handler } from '@ftgo/messaging';
import { MessagingExtension } from '@ftgo/messaging-nest';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { SagaDeadlines } from '../engine/saga-deadlines.js';
import type { SagaRetention } from '../engine/saga-retention.js';
import type { Sagas } from '../engine/sagas.js';

/**
 * Passes the replies of all sagas to the engine, and deletes sagas that ended long ago; an application that lacks what a saga
 * needs does not start.
 */
export class SagaReplies extends MessagingExtension implements OnApplicationBootstrap {
  constructor(
    private readonly sagas: Sagas,
    private readonly retention: SagaRetention,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    this.sagas.verify();
  }

  override handlers(): Handler[] {
    return this.sagas.replyHandlers();
  }

  override async forget(): Promise<void> {
    await this.retention.run();
  }
}

/** Runs the deadlines while the application is up. */
export class SagaDeadlineLoop extends SagaDeadlines implements OnApplicationBootstrap, BeforeApplicationShutdown {
  onApplicationBootstrap(): void {
    this.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.close();
  }
}
